"""Draw random valid configurations, each a pure function of a seed and a number.

Every variant gets a share of the numbers. Compiling variants take seconds and get one
in fifty each. The learning rate is a random fraction of the step length at which the
loss's tangent along the gradient reaches zero, so that it adapts to the scale of the
data. Learning rates are powers of two, which are exact in every dtype.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import count
from math import log2, log10
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from compare import quirks, workloads
from compare.numerics.dtypes import largest_finite
from compare.numerics.einsum import matmul_einsum
from compare.reference.evaluation import as_float64

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compare.contract import Dtype, Workload

COMPILING = ("torch/compile", "torch/compile-step", "tf/xla")
PLAIN = ("torch/eager", "torch/script", "torch/trace", "tf/eager", "tf/function")
EAGER = ("torch/eager", "tf/eager")
VARIANTS = (*PLAIN, *COMPILING)
MAX_COMPILED_WIDTHS = 4  # of the layers of compiling variants
ONE_IN = 50  # configurations belongs to each compiling variant

DTYPES = ("float64", "float32", "float32", "bfloat16", "float16")
# The constants of a quirk, such as an epsilon, are zero or different in 16 bits.
QUIRK_DTYPES = ("float64", "float32")
SCALES = {  # smallest and largest power of ten
    "float64": (-6, 6),
    "float32": (-6, 6),
    "bfloat16": (-6, 6),
    "float16": (-3, 3),
}
# The spellings of these quirks are mathematically equal for small inputs only. Larger
# inputs cause the logarithm of a probability of 0, its clipping, or an overflow.
SMALL_INPUTS = {
    *("softmax_twice", "probability_clipping", "kl_divergence_reduction"),
    "denormal_flushing",
}
SMALL = 0.5
# Denormal numbers have fewer digits the smaller they are. Below this scale, the quirk
# that keeps them has larger errors than the rounding of its inputs.
SMALLEST_OF_DENORMALS = 0.125
HEADROOM = 4.0  # factor between a result and the dtype's largest number
IMAGES = ("digits", 4, 8, 12)  # numbers: sizes of synthetic images


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The variant, dtype and workload of one session."""

    number: int
    variant: str
    dtype: Dtype
    workload: str
    config: dict[str, Any]

    def build(self, folder: Path) -> Workload:
        """Return the workload, with its images staged in `folder`."""
        return workloads.build(self.workload, self.staged(folder))

    def staged(self, folder: Path) -> dict[str, Any]:
        """Return the workload's configuration, with its images staged in `folder`."""
        if self.workload != "cnn":
            return self.config
        return {**self.config, "data": str(_stage(self.config["data"], folder))}

    def asdict(self) -> dict[str, Any]:
        """Return every field by its name."""
        return asdict(self)


def variant_of(number: int) -> str:
    """Return the variant that a number belongs to."""
    turn, left = divmod(number, ONE_IN)
    if left < len(COMPILING):
        return COMPILING[left]
    return PLAIN[(turn + left) % len(PLAIN)]


def draw_configuration(seed: int, number: int, *, folder: Path) -> Configuration:
    """Return a configuration within its dtype's range that avoids known faults."""
    for attempt in count():
        rng = np.random.default_rng([seed, number, attempt])
        drawn = _try_draw(rng, number=number, folder=folder)
        if drawn is not None:
            return drawn
    raise AssertionError


def _try_draw(
    rng: np.random.Generator, *, number: int, folder: Path
) -> Configuration | None:
    """Return the next draw, or None if it cannot be used."""
    mine = variant_of(number)
    names = ["two_layer", "mlp", "stack", "cnn"]
    if mine in COMPILING:  # each layer takes seconds to compile: prefer shallow ones
        names = ["two_layer", "mlp", "stack"] * 4 + ["cnn"]
    if mine in EAGER:
        names += ["quirk"] * 4
    name = str(rng.choice(names))
    dtype = str(rng.choice(QUIRK_DTYPES if name == "quirk" else DTYPES))
    config = DRAW[name](rng)
    if mine in COMPILING and "widths" in config:
        config["widths"] = config["widths"][:MAX_COMPILED_WIDTHS]
    if "scale" in config:
        least, greatest = SCALES[dtype]
        if config.get("quirk") in SMALL_INPUTS:
            greatest = min(greatest, log10(SMALL))
        if config.get("quirk") == "denormal_flushing":
            least = log10(SMALLEST_OF_DENORMALS)
        config["scale"] = 2.0 ** round(log2(10) * rng.uniform(least, greatest))
    drawn = Configuration(
        number=number, variant=mine, dtype=dtype, workload=name, config=config
    )
    if is_impossible(drawn) or has_known_fault(drawn):
        return None
    return set_stable_rate(drawn, fraction=10 ** rng.uniform(-3, -0.5), folder=folder)


def _two_layer(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "batch": _size(rng, 64),
        "inputs": _size(rng, 300),
        "hidden": _size(rng, 100),
        "outputs": _size(rng, 20),
        "scale": 1.0,
        "seed": _seed(rng),
    }


def _mlp(rng: np.random.Generator) -> dict[str, Any]:
    depth = int(rng.integers(1, 9))
    return {
        "batch": _size(rng, 64),
        "widths": [_size(rng, 80) for _ in range(depth + 1)],
        "scale": 1.0,
        "seed": _seed(rng),
    }


def _stack(rng: np.random.Generator) -> dict[str, Any]:
    depth = int(rng.integers(1, 6))
    return {
        "batch": _size(rng, 8),
        "side": _size(rng, 14),
        "widths": [_size(rng, 16) for _ in range(depth + 1)],
        "kernel": int(rng.integers(1, 8)),
        "stride": int(rng.integers(1, 4)),
        "scale": 1.0,
        "seed": _seed(rng),
    }


def _cnn(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "data": IMAGES[int(rng.integers(len(IMAGES)))],
        "batch": _size(rng, 32),
        "learning_rate": 2.0 ** -int(rng.integers(2, 9)),
        "weight_decay": float(rng.choice([0.0, 2.0**-11, 2.0**-6])),
        "seed": _seed(rng),
    }


def _quirk(rng: np.random.Generator) -> dict[str, Any]:
    name = str(rng.choice(quirks.quirk_names()))
    spelling = str(rng.choice(list(quirks.find_quirk(name).spellings)))
    return {"quirk": name, "spelling": spelling, "scale": 1.0, "seed": _seed(rng)}


DRAW = {
    "two_layer": _two_layer,
    "mlp": _mlp,
    "stack": _stack,
    "cnn": _cnn,
    "quirk": _quirk,
}


def _size(rng: np.random.Generator, most: int) -> int:
    """Return a size that is uniform in its logarithm."""
    return round(2.0 ** rng.uniform(0, log2(most)))


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def is_impossible(drawn: Configuration) -> bool:
    """Return whether the framework has no spelling of this quirk."""
    if drawn.workload != "quirk":
        return False
    framework = drawn.variant.split("/")[0]
    entry = quirks.find_quirk(drawn.config["quirk"])
    return drawn.config["spelling"] in entry.quirk.impossible.get(framework, {})


def has_known_fault(drawn: Configuration) -> bool:
    """Return whether a known bug of the framework affects this configuration."""
    if drawn.dtype != "bfloat16":
        return False
    if drawn.variant.startswith("tf/"):
        # The gradient of a 1x1 kernel with a stride above 1, for images of one pixel
        # and one channel, is read from uninitialised memory (oneDNN in TensorFlow
        # 2.21; correct without oneDNN).
        return _has_strided_one_pixel_kernel(drawn)
    # The gradient of kernel elements that are applied to padding only is never written
    # (oneDNN 3.12 in PyTorch 2.13).
    return has_elements_on_padding_only(drawn)


def _has_strided_one_pixel_kernel(drawn: Configuration) -> bool:
    return any(
        (layer.side, layer.inputs, layer.kernel) == (1, 1, 1) and layer.stride > 1
        for layer in layers(drawn)
    )


def has_elements_on_padding_only(drawn: Configuration) -> bool:
    """Return whether an element of some layer's kernel is applied to padding only."""
    return any(
        not any(
            0 <= position * layer.stride + element - layer.kernel // 2 < layer.side
            for position in range(layer.outputs)
        )
        for layer in layers(drawn)
        for element in range(layer.kernel)
    )


@dataclass(frozen=True, kw_only=True)
class Layer:
    """The sizes of a convolution."""

    side: int
    inputs: int
    kernel: int
    stride: int

    @property
    def outputs(self) -> int:
        """Return the side of the outputs."""
        padded = self.side + 2 * (self.kernel // 2)
        return (padded - self.kernel) // self.stride + 1


def layers(drawn: Configuration) -> Iterator[Layer]:
    """Yield every convolution of a configuration."""
    config = drawn.config
    if drawn.workload == "stack":
        side, widths = config["side"], config["widths"]
        kernel, stride = config["kernel"], config["stride"]
    elif drawn.workload == "cnn":
        side = 8 if config["data"] == "digits" else config["data"]
        widths, kernel, stride = (3, 16, 32, 64, 128), 3, 2
    else:
        return
    for inputs in widths[:-1]:
        layer = Layer(side=side, inputs=inputs, kernel=kernel, stride=stride)
        yield layer
        side = layer.outputs


def set_stable_rate(
    drawn: Configuration, *, fraction: float, folder: Path
) -> Configuration | None:
    """Return the configuration with a learning rate, or None if it may overflow."""
    workload = drawn.build(folder)
    most = 0.0

    def record_largest(subscripts: str, *operands: Any) -> Any:
        nonlocal most
        result = matmul_einsum(subscripts, *operands)
        most = max(most, float(np.abs(result).max(initial=0.0)))
        return result

    with np.errstate(all="ignore"):
        snapshot = workload.reference(
            as_float64(workload.parameters(drawn.dtype)),
            as_float64(next(iter(workload.batches(drawn.dtype)))),
            einsum=record_largest,
            memory={},
        )
        computed = snapshot.quantities().values()
        most = max(most, *(float(np.abs(array).max(initial=0.0)) for array in computed))
    if not most * HEADROOM < largest_finite(drawn.dtype):  # also if it is NaN
        return None
    if "scale" not in drawn.config or drawn.workload == "quirk":
        return drawn
    slope = sum(float(np.vdot(g, g)) for g in snapshot.gradients.values())
    rate = fraction * float(snapshot.loss) / slope if slope else 1.0
    info = ml_dtypes.finfo(drawn.dtype)
    least, greatest = float(info.smallest_normal), float(info.max)
    power = int(log2(min(max(rate, least), greatest)))
    config = {**drawn.config, "learning_rate": 2.0**power}
    return Configuration(**{**drawn.asdict(), "config": config})


def stage_images(folder: Path) -> None:
    """Create every file of images in a folder."""
    for data in IMAGES:
        _stage(data, folder)


def _stage(data: Any, folder: Path) -> Path:
    """Return a file of images, created if it does not exist."""
    choice = {"data": "digits"}
    if data != "digits":
        choice = {"data": "synthetic", "image_size": data}
    path = folder / f"{data}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        workload = workloads.build("cnn", {**choice, "batch": 1})
        made = workload.staged(folder)
        folder.joinpath(made.data).rename(path)
    return path
