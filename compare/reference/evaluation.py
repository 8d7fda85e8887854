"""The ways of evaluating a reference: exactly, with rounding errors, in a dtype."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from compare.numerics.dtypes import (
    UNDERFLOW,
    UNIT_ROUNDOFF,
    is_16_bit,
    round_to_dtype,
)
from compare.numerics.einsum import (
    matmul_einsum,
    perturbed_einsum,
    rounding_einsum,
    sequential_einsum,
)
from compare.numerics.tolerance import TRIALS

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum


@dataclass(kw_only=True)
class Evaluation:
    """One way of evaluating the reference, and the optimizer's state in it."""

    einsum: Einsum
    store: Callable[[Array], Array]  # rounds updated parameters
    is_float64: bool = True  # whatever the cell's dtype
    memory: Arrays = field(default_factory=dict)


def make_evaluations(dtype: Dtype) -> list[Evaluation]:
    """Return the reference itself, the trials, and last the floor."""
    plain = Evaluation(einsum=matmul_einsum, store=lambda array: array)
    trials = [_perturbed_evaluation(dtype, seed=seed) for seed in TRIALS]
    return [plain, *trials, _native_evaluation(dtype)]


def _perturbed_evaluation(dtype: Dtype, *, seed: int) -> Evaluation:
    """Return float64 arithmetic, perturbed by the rounding errors of a dtype."""
    unit, rng = UNIT_ROUNDOFF[dtype], np.random.default_rng(seed)

    def store(array: Array) -> Array:
        sign = 1 - 2 * rng.integers(0, 2, size=array.shape, dtype="int8")
        perturbed: Array = array * (1 + unit * sign)
        return perturbed

    einsum = perturbed_einsum(unit=unit, underflow=UNDERFLOW[dtype], rng=rng)
    return Evaluation(einsum=einsum, store=store)


def _native_evaluation(dtype: Dtype) -> Evaluation:
    """Return NumPy's arithmetic in the cell's dtype, for the floor.

    It sums in another order than the reference. The same order would share rounding
    errors with it where the dtypes are equal.
    """
    return Evaluation(
        einsum=rounding_einsum(sequential_einsum, dtype=dtype)
        if is_16_bit(dtype)
        else sequential_einsum,
        store=lambda array: round_to_dtype(array, dtype),
        is_float64=False,
    )


def as_float64(arrays: Arrays | Batch) -> Arrays:
    """Return the same numbers in float64; integers are unchanged."""
    return {
        name: array.astype("float64") if array.dtype.kind == "f" else array
        for name, array in arrays.items()
    }
