"""Random inputs, targets, weights and biases, which several workloads use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from compare.numerics.dtypes import round_to_dtype
from compare.workloads import probing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.contract import Array, Batch, Dtype


class RandomWorkload(Protocol):
    """The fields of a workload that its random data follow from."""

    @property
    def seed(self) -> int:
        """Random seed."""

    @property
    def scale(self) -> float:
        """Multiplies inputs, targets and biases."""

    @property
    def is_probe(self) -> bool:
        """Whether inputs and biases are chosen to expose errors."""


def draw_batches(
    workload: RandomWorkload,
    *,
    inputs: tuple[int, ...],
    targets: tuple[int, ...],
    dtype: Dtype,
) -> Iterator[Batch]:
    """Yield one batch of these shapes; of a probe, an uneven one as well."""
    rng = np.random.default_rng([workload.seed, 1])
    drawn = workload.scale * rng.standard_normal(inputs)
    wanted = workload.scale * rng.standard_normal(targets)
    if workload.is_probe:
        drawn = probing.draw_inputs(rng, inputs)
    batch = {
        "inputs": round_to_dtype(drawn, dtype),
        "targets": round_to_dtype(wanted, dtype),
    }
    yield batch
    if workload.is_probe:
        yield probing.last_batch(batch)


def draw_small_bias(
    rng: np.random.Generator, size: int, *, is_probe: bool, scale: float = 1.0
) -> Array:
    """Return small biases; of a probe, those that expose errors."""
    bias: Array = 0.25 * scale * rng.standard_normal(size)
    return probing.draw_bias(rng, size) if is_probe else bias


def draw_different(draw: Callable[[], Array], *, count: int) -> list[Array]:
    """Return arrays that differ from each other, in the order in which they are drawn.

    `draw` must be able to return as many different ones.
    """
    drawn: dict[bytes, Array] = {}
    while len(drawn) < count:
        array = draw()
        drawn[array.tobytes()] = array
    return list(drawn.values())


def draw_kernel(rng: np.random.Generator, *shape: int, gain: float = 2) -> Array:
    """Return normal weights that keep the variance of a layer's values.

    `gain` is 2 before a ReLU (He initialization), otherwise 1.

    Shape:
        (..., in, out), with the rows and columns of a convolution's kernel first.
    """
    inputs = np.prod(shape[:-1])
    drawn: Array = np.sqrt(gain / inputs) * rng.standard_normal(shape)
    return drawn
