"""The largest error of a result that rounding explains: every tolerance is here.

The rule. The reference is evaluated several more times in float64. In each of these
trials, every product and sum is moved by the error that rounding in the cell's dtype
may cause (`einsum.perturbed_einsum`), and every updated parameter by the error of
storing it. The trials therefore contain the length of each sum, the cancellation in
it, and the propagation of its error through the rest of the network.

The floor, NumPy in the cell's dtype itself, is evaluated as well. It covers a case
that the trials may miss: where the input of a ReLU is nearly zero, rounding can change
its sign, which moves a gradient by a whole element.

The *scale* of a tensor is its largest deviation from the reference in any of these
evaluations, plus one unit roundoff of its largest magnitude for storing it, plus the
error that underflow may cause. The tolerance is several scales (`SAFETY_FACTORS`).

A kernel may sum in any order, so its error need not equal that of any trial. An error
of several times the probabilistic bound of its sum, however, is not rounding. Measured
over the quick suite on CPU, every variant stays within one scale.

Where a tolerance is as large as the tensor, rounding alone may change every digit.
The check is then undecided. This happens late in a trajectory,
whose differences grow from step to step, in 16-bit formats, and where a tensor
consists of rounding errors only.

Source: Higham and Mary (2019), see `einsum.perturbed_einsum`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from compare.numerics.dtypes import UNDERFLOW, UNIT_ROUNDOFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Dtype

# How many scales are still accepted as rounding, by check.
SAFETY_FACTORS = {
    "step": 4.0,
    # In a trajectory each step starts from the differences of the one before it. They
    # grow, and how much depends on the first ones, which vary from kernel to kernel.
    "trajectory": 8.0,
}


TRIALS = range(4)  # numbers of the trials; each draws its own signs


def compute_tolerance(
    deviations: Sequence[float], *, largest: float, dtype: Dtype, check: str
) -> float:
    """Return the largest absolute error of a tensor that rounding explains.

    Args:
        deviations: the largest absolute deviation of the tensor from the reference in
            each trial and in the floor; infinite where one overflowed.
        largest: the tensor's largest magnitude.
        dtype: the format that the tensor is stored in.
        check: ``step`` or ``trajectory``.
    """
    scale = max(deviations) + UNIT_ROUNDOFF[dtype] * largest + UNDERFLOW[dtype]
    return SAFETY_FACTORS[check] * scale


# The accepted difference between two programs of a lesson, relative to a tensor's
# largest magnitude. Integers, booleans and strings must be equal.
LESSON_TOLERANCES = {
    "float64": 1e-12,
    # Eight unit roundoffs: lessons show float32 only where it is the default dtype, and
    # do not train in it.
    "float32": 8 * 2.0**-24,
}

# A derivative is clearly wrong if its error is this share of it, and this many times
# what the differences of the loss are uncertain by.
CLEAR_SHARE, CLEAR_UNCERTAINTIES = 0.01, 10


class CheckedDerivative(Protocol):
    """A derivative of the loss: from gradients, and from differences of the loss."""

    computed: float
    differences: float
    uncertainty: float  # of the differences


def is_clearly_wrong(found: CheckedDerivative) -> bool:
    """Return whether a computed derivative is not that of the differences."""
    error = abs(found.computed - found.differences)
    scale = max(abs(found.computed), abs(found.differences))
    return error > max(CLEAR_UNCERTAINTIES * found.uncertainty, CLEAR_SHARE * scale)
