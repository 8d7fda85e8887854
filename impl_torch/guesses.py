"""What inputs may a model take, as its declaration or first layer says?"""

from collections.abc import Iterator
from typing import Any

import torch
from compare.workloads.target import ArraySpec
from torch import Tensor, nn

BATCH, LENGTH, SIDE = 8, 16, 32
Guess = list[ArraySpec]


def read_examples(example: Any) -> Guess:
    """Return the specifications of example arrays, alone or in a collection."""
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
    """Yield the shapes that an input of this name may have; None if unknown."""
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
    """Yield guesses from the first layer that says what it takes."""
    for name, layer in model.named_modules():
        guesses = list(first_inputs(layer))
        if guesses:
            kind = type(layer).__name__
            said = f"its first layer, {kind}{f' {name}' if name else ''}"
            yield from ((guess, said) for guess in guesses)
            return


def first_inputs(layer: nn.Module) -> Iterator[Guess]:
    """Yield the inputs that one layer may take; nothing if it does not say."""
    for shapes in float_shapes(layer):
        yield [ArraySpec(shape=shape) for shape in shapes]
    if isinstance(layer, nn.Embedding | nn.EmbeddingBag):
        high = layer.num_embeddings
        tokens = ArraySpec(shape=(BATCH, LENGTH), kind="int64", high=high)
        yield [tokens]


def float_shapes(layer: nn.Module) -> Iterator[list[tuple[int, ...]]]:
    """Yield the shapes of floating-point inputs that a layer may take."""
    if isinstance(layer, nn.Bilinear):
        yield [(BATCH, layer.in1_features), (BATCH, layer.in2_features)]
    elif isinstance(layer, nn.Linear):
        yield [(BATCH, layer.in_features)]
        yield [(BATCH, LENGTH, layer.in_features)]
    elif isinstance(layer, nn.modules.conv._ConvNd):
        for side in (SIDE, 64, 224):
            axes = (side,) * len(layer.kernel_size)
            yield [(BATCH, layer.in_channels, *axes)]
    elif isinstance(layer, nn.RNNBase):
        yield [(BATCH, LENGTH, layer.input_size)]
    elif isinstance(layer, nn.RNNCellBase):
        yield [(BATCH, layer.input_size)]
    elif isinstance(layer, nn.MultiheadAttention):
        yield [(BATCH, LENGTH, layer.embed_dim)]
        yield [(BATCH, LENGTH, layer.embed_dim)] * 3
    elif isinstance(layer, nn.Transformer):
        yield [(BATCH, LENGTH, layer.d_model)] * 2
    elif isinstance(layer, nn.TransformerDecoderLayer):
        yield [(BATCH, LENGTH, layer.self_attn.embed_dim)] * 2
    elif isinstance(layer, nn.modules.batchnorm._BatchNorm):
        axes = {nn.BatchNorm2d: 2, nn.BatchNorm3d: 3}.get(type(layer), 0)
        yield [(BATCH, layer.num_features, *(SIDE,) * axes)]
    elif isinstance(layer, nn.LayerNorm):
        yield [(BATCH, *layer.normalized_shape)]
        yield [(BATCH, LENGTH, *layer.normalized_shape)]
