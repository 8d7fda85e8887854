"""A net that a text describes, layer by layer, from images of noise.

Commands and tests build any net of these layers in every framework from one text, such
as ``conv 8 3 2, relu, flatten, dense 4``:

=================== ============================== ===================================
``conv C K S``      images -> images               C channels, kernel K, stride S
``batch_norm``      images -> images
``avg_pool K``      images -> images               also ``max_pool K``; stride K
``global_pool``     images -> vectors              the mean of each channel
``flatten``         images or sequences -> vectors in the order of NHWC
``sequence T``      vectors -> sequences           T positions
``mean_position``   sequences -> vectors
``attention``       sequences -> sequences         one head
``dense F``         vectors or sequences           F features
``residual``        vectors or sequences           x plus a dense layer of x
``layer_norm``      any                            over the last axis, not learned
``softmax``         any                            over the last axis
``relu`` ...        any                            also the rest of `ACTIVATIONS`
=================== ============================== ===================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod, sqrt
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer
from compare.errors import UsageError, unknown_name
from compare.numerics.dtypes import round_to_dtype
from compare.wording import format_count
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compare.contract import Array, Arrays, Batch, Dtype

Shape = tuple[int, ...]  # of one sample: (features,), (positions, features), (H, W, C)

ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "leaky_relu", "softplus")
# kind -> the number of its sizes
SIZES = {
    "conv": 3,
    "avg_pool": 1,
    "max_pool": 1,
    "sequence": 1,
    "dense": 1,
    **dict.fromkeys(("batch_norm", "global_pool", "flatten", "mean_position"), 0),
    **dict.fromkeys(("attention", "residual", "layer_norm", "softmax"), 0),
    **dict.fromkeys(ACTIVATIONS, 0),
}
RANKS = {  # kind -> the ranks of the samples that it takes; the others take any
    **dict.fromkeys(
        ("conv", "batch_norm", "avg_pool", "max_pool", "global_pool"), (3,)
    ),
    "flatten": (2, 3),
    "sequence": (1,),
    **dict.fromkeys(("mean_position", "attention"), (2,)),
    **dict.fromkeys(("dense", "residual"), (1, 2)),
}
LOSSES = ("squared_error", "cross_entropy")
OPTIMIZERS = ("gradient_descent", "sgd", "momentum", "rmsprop", "adam", "adamw")
BATCHES = 2  # different ones, in each epoch


@dataclass(frozen=True, kw_only=True)
class NetLayer:
    """One layer, with everything that a framework needs to build it.

    Attributes:
        kind: a key of `SIZES`.
        sizes: as in the text.
        inputs: shape of a sample before the layer.
        outputs: shape of a sample after it.
        parameters: name within the layer -> canonical shape.
    """

    kind: str
    sizes: Shape
    inputs: Shape
    outputs: Shape
    parameters: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def described(self) -> tuple[str, Shape, Shape]:
        """Kind, sizes and the shape of the input, for the model's constructor."""
        return self.kind, self.sizes, self.inputs


@dataclass(frozen=True, kw_only=True)
class Net:
    """The layers, the data, and how they are trained."""

    layers: str = "conv 4 3 2, relu, flatten, dense 4"
    batch: int = 4
    side: int = 6  # of the images
    channels: int = 2  # of the images
    loss: str = "squared_error"
    update: str = "sgd"  # the name of the optimizer
    learning_rate: float = 2.0**-10
    seed: int = 0

    model: ClassVar[str] = "net"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=2, side=1, channels=1, seed=0)
        require_positive(self, "learning_rate")
        for key, received, expected in (
            ("loss", self.loss, LOSSES),
            ("update", self.update, OPTIMIZERS),
        ):
            if received not in expected:
                raise unknown_name(f"workload net: {key}", received, expected=expected)
        *_, last = self.resolved
        is_vector = len(last.outputs) == 1 and last.outputs[0] > 1
        if self.loss == "cross_entropy" and not is_vector:
            raise UsageError(
                "workload net: loss: cross_entropy expects a vector of two or more "
                f"numbers as output; received outputs of shape {last.outputs}"
            )

    @property
    def resolved(self) -> list[NetLayer]:
        """Return the layers with their shapes.

        Raises:
            UsageError: a layer is unknown, or does not fit the one before it.
        """
        return resolve_layers(self.layers, (self.side, self.side, self.channels))

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer of this name."""
        return Optimizer(name=self.update, learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, list[tuple[str, Shape, Shape]]]:
        """Return the keyword arguments of the model."""
        return {"layers": [layer.described for layer in self.resolved]}

    @property
    def flops_per_step(self) -> float:
        """Count three products per weight and position."""
        products = sum(
            prod(shape) * prod(layer.outputs[:-1])
            for layer in self.resolved
            for shape in layer.parameters.values()
            if len(shape) > 1
        )
        return 6.0 * self.batch * products

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return He-normal weights, small biases, and statistics of noise."""
        rng = np.random.default_rng([self.seed, 0])
        return {
            f"layer{number}.{name}": round_to_dtype(
                draw_values(rng, name, shape), dtype
            )
            for number, layer in enumerate(self.resolved)
            for name, shape in layer.parameters.items()
        }

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return two batches of noise, the same in every epoch.

        Shape:
            ``inputs`` (batch, side, side, channels); ``targets`` (batch, *outputs), or
            (batch,) for a cross-entropy.
        """
        rng = np.random.default_rng([self.seed, 1])
        *_, last = self.resolved
        for _ in range(BATCHES):
            shape = (self.batch, self.side, self.side, self.channels)
            inputs = rng.standard_normal(shape)
            targets: Array
            if self.loss == "cross_entropy":
                targets = rng.integers(last.outputs[0], size=self.batch)
            else:
                noise = rng.standard_normal((self.batch, *last.outputs))
                targets = round_to_dtype(noise, dtype)
            yield {"inputs": round_to_dtype(inputs, dtype), "targets": targets}


def draw_values(rng: np.random.Generator, name: str, shape: Shape) -> Array:
    """Return the initial values of a parameter of this name."""
    noise = rng.standard_normal(shape)
    if name == "running_var":
        return 1 + np.abs(noise) / 4
    if name == "weight" and len(shape) == 1:  # of a normalization
        return 1 + noise / 8
    if len(shape) > 1:
        return noise * sqrt(2 / prod(shape[:-1]))
    return noise / 8


def resolve_layers(text: str, shape: Shape) -> list[NetLayer]:
    """Return the layers of a text, for samples of a shape.

    Raises:
        UsageError: a layer is unknown, or does not fit the one before it.
    """
    layers: list[NetLayer] = []
    for part in text.split(","):
        layers.append(resolve_layer(part.strip(), shape))
        shape = layers[-1].outputs
    return layers


def resolve_layer(text: str, inputs: Shape) -> NetLayer:
    """Return the layer of a text such as ``dense 4``, for samples of a shape.

    Raises:
        UsageError: it is unknown, or does not fit samples of this shape.
    """
    kind, *given = text.split() or [""]
    if kind not in SIZES:
        raise unknown_name("workload net: layer", kind, expected=SIZES)
    if len(given) != SIZES[kind] or not all(g.isdigit() and int(g) for g in given):
        raise UsageError(
            f"workload net: layer {kind}: expected "
            f"{format_count(SIZES[kind], 'positive number')}; received {text!r}"
        )
    sizes = tuple(map(int, given))
    if len(inputs) not in RANKS.get(kind, (1, 2, 3)):
        raise UsageError(
            f"workload net: layer {kind}: expected samples of rank "
            f"{' or '.join(map(str, RANKS[kind]))}; received the shape {inputs}"
        )
    outputs = find_outputs(kind, sizes, inputs)
    if not all(size > 0 for size in outputs):
        raise UsageError(
            f"workload net: layer {text}: does not fit samples of shape {inputs}"
        )
    parameters = name_parameters(kind, sizes, inputs)
    return NetLayer(
        kind=kind, sizes=sizes, inputs=inputs, outputs=outputs, parameters=parameters
    )


def find_outputs(kind: str, sizes: Shape, inputs: Shape) -> Shape:
    """Return the shape of a sample after a layer; a zero in it if it does not fit."""
    outputs = inputs
    match kind:
        case "conv":
            channels, kernel, stride = sizes
            padded = [side + 2 * (kernel // 2) for side in inputs[:2]]
            height, width = ((side - kernel) // stride + 1 for side in padded)
            outputs = (height, width, channels)
        case "avg_pool" | "max_pool":
            outputs = (inputs[0] // sizes[0], inputs[1] // sizes[0], inputs[2])
        case "global_pool" | "mean_position":
            outputs = inputs[-1:]
        case "flatten":
            outputs = (prod(inputs),)
        case "sequence":
            features, rest = divmod(inputs[0], sizes[0])
            outputs = (sizes[0], 0 if rest else features)
        case "dense":
            outputs = (*inputs[:-1], sizes[0])
    return outputs


def name_parameters(kind: str, sizes: Shape, inputs: Shape) -> dict[str, Shape]:
    """Return the parameters of a layer: name -> canonical shape."""
    features = inputs[-1]
    match kind:
        case "conv":
            channels, kernel, _ = sizes
            return {"weight": (kernel, kernel, features, channels), "bias": (channels,)}
        case "dense":
            return {"weight": (features, sizes[0]), "bias": sizes}
        case "residual":
            return {"weight": (features, features), "bias": (features,)}
        case "attention":
            return {
                f"{part}.{name}": shape
                for part in ("query", "key", "value")
                for name, shape in _square(features).items()
            }
        case "batch_norm":
            names = ("weight", "bias", "running_mean", "running_var")
            return dict.fromkeys(names, (features,))
    return {}


def _square(features: int) -> dict[str, Shape]:
    return {"weight": (features, features), "bias": (features,)}


def join_layers(layers: Sequence[NetLayer]) -> str:
    """Return the text of layers."""
    return ", ".join(" ".join([each.kind, *map(str, each.sizes)]) for each in layers)
