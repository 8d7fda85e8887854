"""Draw random nets, and reduce those that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import UsageError
from compare.workloads.net import (
    ACTIVATIONS,
    OPTIMIZERS,
    Net,
    NetLayer,
    join_layers,
    resolve_layer,
)

if TYPE_CHECKING:
    from compare.contract import Dtype
    from compare.workloads.net import Shape

MOST_LAYERS = 7
VECTORS = ("dense {4}", "residual", "layer_norm", "softmax", "sequence {2}")
SEQUENCES = (
    *("dense {4}", "residual", "layer_norm", "attention", "softmax"),
    *("mean_position", "flatten"),
)
IMAGES = (
    *("conv {4} {k} {s}", "conv {4} {k} {s}", "batch_norm", "avg_pool {p}"),
    *("max_pool {p}", "layer_norm", "global_pool", "flatten"),
)
# The rank of a sample -> the layers that may follow.
DRAWN = {1: VECTORS, 2: SEQUENCES, 3: IMAGES}
# Their results may be equal: zeros of a ReLU, or values at the end of a range.
FLAT = ("relu", "softmax", "sigmoid", "softplus")


@dataclass(frozen=True, kw_only=True)
class DrawnNet:
    """A net, and the dtype that it is checked in."""

    net: Net
    dtype: Dtype

    def asdict(self) -> dict[str, Any]:
        """Return what is stored of it."""
        return {"dtype": self.dtype, "config": asdict(self.net)}

    @property
    def command(self) -> str:
        """The command that checks it."""
        return f"graph-compare agree net {self._options} --dtype {self.dtype}"

    def deploy_command(self, framework: str = "") -> str:
        """The command that exports it from a framework, by default from each."""
        chosen = f" -f {framework}" if framework else ""
        return f"graph-compare deploy net {self._options}{chosen} --launches 0"

    @property
    def _options(self) -> str:
        sizes = asdict(self.net).items()
        return " ".join(f"--set {name}='{value}'" for name, value in sizes)


def draw_net(seed: int, number: int) -> DrawnNet:
    """Return a net of this number; the same for the same seed."""
    rng = np.random.default_rng([seed, number])
    side, channels = int(rng.integers(3, 9)), int(rng.integers(1, 4))
    layers = list(draw_layers(rng, (side, side, channels)))
    shape = layers[-1].outputs
    is_vector = len(shape) == 1 and shape[0] > 1
    net = Net(
        layers=join_layers(layers),
        batch=int(rng.integers(2, 6)),
        side=side,
        channels=channels,
        loss="cross_entropy" if is_vector and rng.random() < 1 / 3 else "squared_error",
        update=str(rng.choice(OPTIMIZERS)),
        seed=int(rng.integers(2**31)),
    )
    dtype: Dtype = "float64" if rng.random() < 1 / 2 else "float32"
    return DrawnNet(net=net, dtype=dtype)


def draw_layers(rng: np.random.Generator, shape: Shape) -> Iterator[NetLayer]:
    """Yield layers that fit each other, and at least one with parameters."""
    count, has_parameters, before = int(rng.integers(1, MOST_LAYERS + 1)), False, ""
    while count > 0 or not has_parameters:
        pattern = (
            str(rng.choice(ACTIVATIONS))
            if rng.random() < 1 / 3
            else str(rng.choice(DRAWN[len(shape)]))
        )
        layer = try_layer(fill(rng, pattern), shape, before=before)
        if layer is None:
            continue
        yield layer
        shape, before = layer.outputs, layer.kind
        has_parameters |= bool(layer.parameters)
        count -= 1


def fill(rng: np.random.Generator, pattern: str) -> str:
    """Return a layer's text with random sizes."""
    values = {
        "{4}": rng.integers(1, 9),
        "{2}": rng.choice([2, 3, 4]),
        "{k}": rng.choice([1, 2, 3, 5]),
        "{s}": rng.choice([1, 2, 3]),
        "{p}": rng.choice([2, 3]),
    }
    for place, value in values.items():
        pattern = pattern.replace(place, str(value))
    return pattern


def try_layer(text: str, shape: Shape, *, before: str) -> NetLayer | None:
    """Return the layer of a text if it fits, and its result is well defined.

    A maximum of equal numbers has a gradient that each framework chooses, and a
    normalization of one number is zero: its digits are rounding errors.
    """
    try:
        layer = resolve_layer(text, shape)
    except UsageError:
        return None
    is_narrow = shape[-1] == 1
    if layer.kind in {"layer_norm", "softmax"} and (is_narrow or before == layer.kind):
        return None
    if layer.kind == "max_pool" and before in FLAT:
        return None
    if layer.kind == "batch_norm" and before == "batch_norm":
        return None
    return layer


def reduce_net(drawn: DrawnNet, fails: Callable[[DrawnNet], bool]) -> DrawnNet:
    """Return the smallest net that still fails, one change after another.

    Args:
        drawn: fails.
        fails: whether another net does as well.
    """
    while True:
        smaller = next((each for each in shrink(drawn) if fails(each)), None)
        if smaller is None:
            return drawn
        drawn = smaller


def shrink(drawn: DrawnNet) -> Iterator[DrawnNet]:
    """Yield valid nets that are smaller in one respect: fewer layers come first."""
    net = drawn.net
    parts = net.layers.split(", ")
    texts = [
        ", ".join(parts[:number] + parts[number + 1 :]) for number in range(len(parts))
    ]
    changes: list[dict[str, Any]] = [{"layers": text} for text in texts if text]
    changes += [{"layers": text} for text in shrink_sizes(parts)]
    changes += [{"update": "sgd"}] if net.update != "sgd" else []
    changes += [{"loss": "squared_error"}] if net.loss != "squared_error" else []
    changes += [
        {key: value}
        for key, least in (("batch", 2), ("side", 1), ("channels", 1))
        for value in sorted({least, getattr(net, key) - 1})
        if least <= value < getattr(net, key)
    ]
    for change in changes:
        try:
            smaller = replace(net, **change)
        except UsageError:
            continue
        if any(layer.parameters for layer in smaller.resolved):
            yield replace(drawn, net=smaller)


def shrink_sizes(parts: list[str]) -> Iterator[str]:
    """Yield the text of layers with one size reduced."""
    for number, part in enumerate(parts):
        kind, *sizes = part.split()
        for place, size in enumerate(sizes):
            for value in sorted({1, int(size) - 1} - {0, int(size)}):
                changed = [*sizes[:place], str(value), *sizes[place + 1 :]]
                yield ", ".join(
                    [*parts[:number], " ".join([kind, *changed]), *parts[number + 1 :]]
                )
