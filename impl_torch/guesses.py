"""What inputs may a model take, by its declaration or first layer?"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from compare.workloads.target import ArraySpec
from torch import Tensor, nn

BATCH, LENGTH = 8, 16
SIDES = 32, 64, 224  # of images
Guess = list[ArraySpec]


def read_examples(example: Any) -> Guess:
    """Return the specifications of examples, alone or in a collection."""
    if isinstance(example, dict):
        return [
            read_example(array, name=name) for name, array in example.items()
        ]
    many = isinstance(example, tuple | list)
    return [read_example(array) for array in (example if many else [example])]


def read_example(array: Any, *, name: str = "") -> ArraySpec:
    """Return the specification of one example."""
    tensor = torch.as_tensor(array)
    shape = tuple(tensor.shape)
    if tensor.is_floating_point():
        return ArraySpec(shape=shape, name=name)
    if tensor.dtype == torch.bool:
        return ArraySpec(shape=shape, name=name, kind="bool")
    low, high = int(tensor.min()), int(tensor.max()) + 1
    kind = "int32" if tensor.dtype == torch.int32 else "int64"
    return ArraySpec(shape=shape, name=name, kind=kind, low=low, high=high)


def declared_inputs(model: nn.Module) -> tuple[Guess, str] | None:
    """Return the inputs that a model declares, and how; None without."""
    # differs: a PyTorch model need not know its inputs; Keras models may
    if configured := config_inputs(model):
        return configured, "its configuration"
    for name in ("example_input_array", "dummy_inputs"):
        example = getattr(model, name, None)
        if isinstance(example, Tensor | dict | tuple | list):
            return read_examples(example), f"its own {name}"
    return None


def config_inputs(model: nn.Module) -> Guess:
    """Return the inputs that a Hugging Face model's configuration implies.

    Empty without a configuration, or if it does not determine them.
    """
    config = getattr(model, "config", None)
    main = getattr(model, "main_input_name", "")
    known = next(filter(None, configured_shapes(config, main=main)), None)
    if known is None:
        return []
    if main != "input_ids":
        first = ArraySpec(name=main, shape=(BATCH, *known))
    else:
        first = tokens(main, known, config=config)
    if not getattr(config, "is_encoder_decoder", False):
        return [first]
    return [first, tokens("decoder_input_ids", (LENGTH,), config=config)]


def configured_shapes(config: Any, *, main: str) -> Iterator[Any]:
    """Yield the shapes that an input may have; None if one is unknown."""
    if main == "input_ids" and hasattr(config, "vocab_size"):
        yield (LENGTH,)
    elif main == "pixel_values":
        side = getattr(config, "image_size", None)
        sides = tuple(side) if isinstance(side, tuple | list) else (side, side)
        yield read_sizes((getattr(config, "num_channels", None), *sides))
    elif main in ("input_features", "input_values"):  # of sound
        bins = getattr(config, "num_mel_bins", None)
        # Two convolutions halve the length once.
        halved = getattr(config, "max_source_positions", None)
        yield read_sizes((bins, halved and 2 * halved))
        yield read_sizes((getattr(config, "max_length", None), bins))


def read_sizes(sizes: tuple[Any, ...]) -> tuple[int, ...] | None:
    """Return sizes if all of them are known."""
    return sizes if all(isinstance(size, int) for size in sizes) else None


def tokens(name: str, shape: tuple[int, ...], *, config: Any) -> ArraySpec:
    """Return the specification of tokens, without the one for padding."""
    high = config.vocab_size
    padding = getattr(config, "pad_token_id", None)
    low = padding + 1 if isinstance(padding, int) else 0
    return ArraySpec(
        name=name,
        shape=(BATCH, *shape),
        kind="int64",
        low=low if 0 <= low < high // 2 else 0,
        high=high,
    )


def layer_inputs(model: nn.Module) -> Iterator[tuple[Guess, str]]:
    """Yield guesses from the first layer that states what it takes."""
    for name, layer in model.named_modules():
        guesses = list(first_inputs(layer))
        if guesses:
            kind = type(layer).__name__
            source = f"its first layer, {kind}{f' {name}' if name else ''}"
            yield from ((guess, source) for guess in guesses)
            return


def first_inputs(layer: nn.Module) -> Iterator[Guess]:
    """Yield the inputs that one layer may take, if it states them."""
    for shapes in float_shapes(layer):
        yield [ArraySpec(shape=shape) for shape in shapes]
    if isinstance(layer, nn.Embedding | nn.EmbeddingBag):
        high, padding = layer.num_embeddings, layer.padding_idx
        # The row for padding has no gradient, but the loss depends on it.
        low = 1 if padding == 0 and high > 1 else 0
        yield [
            ArraySpec(shape=(BATCH, LENGTH), kind="int64", low=low, high=high)
        ]


def float_shapes(layer: nn.Module) -> Iterator[list[tuple[int, ...]]]:
    """Yield the shapes of floating-point inputs that a layer may take."""
    for kind, shapes in SHAPES.items():
        if isinstance(layer, kind):
            yield from shapes(layer)
            return


def conv_shapes(layer: Any) -> Iterator[list[tuple[int, ...]]]:
    """Yield batches of images, or of sequences or volumes."""
    for side in SIDES:
        axes = (side,) * len(layer.kernel_size)
        yield [(BATCH, layer.in_channels, *axes)]


def norm_shapes(layer: Any) -> list[list[tuple[int, ...]]]:
    """Return a batch with as many axes as a batch normalization takes."""
    axes = {nn.BatchNorm2d: 2, nn.BatchNorm3d: 3}.get(type(layer), 0)
    return [[(BATCH, layer.num_features, *((SIDES[0],) * axes))]]


# Kind of a layer -> the shapes of its inputs, the most usual ones first.
SHAPES: dict[type, Callable[[Any], Iterable[list[tuple[int, ...]]]]] = {
    nn.Bilinear: lambda layer: [
        [(BATCH, layer.in1_features), (BATCH, layer.in2_features)]
    ],
    nn.Linear: lambda layer: [
        [(BATCH, layer.in_features)],
        [(BATCH, LENGTH, layer.in_features)],
    ],
    nn.modules.conv._ConvNd: conv_shapes,
    nn.RNNBase: lambda layer: [[(BATCH, LENGTH, layer.input_size)]],
    nn.RNNCellBase: lambda layer: [[(BATCH, layer.input_size)]],
    nn.MultiheadAttention: lambda layer: [
        [(BATCH, LENGTH, layer.embed_dim)],
        [(BATCH, LENGTH, layer.embed_dim)] * 3,
    ],
    nn.Transformer: lambda layer: [[(BATCH, LENGTH, layer.d_model)] * 2],
    nn.TransformerDecoderLayer: lambda layer: [
        [(BATCH, LENGTH, layer.self_attn.embed_dim)] * 2
    ],
    nn.modules.batchnorm._BatchNorm: norm_shapes,
    nn.LayerNorm: lambda layer: [
        [(BATCH, *layer.normalized_shape)],
        [(BATCH, LENGTH, *layer.normalized_shape)],
    ],
}
