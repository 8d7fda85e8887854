"""How far rounding may carry a result: the one place where tolerances stand.

The rule. The reference is evaluated a few times more in float64, every product and sum
moved by what rounding in the cell's dtype may cost it (`reference.perturbed`: length of
the sum, cancellation, propagation through the rest of the network are all in it), and
every updated parameter by what storing it may cost. Beside these trials stands the
floor, NumPy in the dtype itself: it knows where a ReLU's input changes its sign by
rounding, which moves a gradient by a whole element. The largest distance that a tensor
travels in any of them is its *scale*; storing the result adds one unit roundoff of its
largest magnitude, and what underflow may cost. The tolerance is `SAFETY` scales.

A kernel may sum in any order, so its error need not look like any one trial's; but a
sum whose error is several times the probabilistic bound of its own length is no
rounding. Measured over the quick suite on CPU, every variant stays within one scale.

Where a tolerance is as large as the tensor, rounding alone may change every digit:
nothing is decided there, and the verdict says so. It happens late in a trajectory,
whose differences feed on themselves, in formats of 16 bits, and where a tensor is
nothing but rounding.

Source: Higham and Mary (2019), see `reference.perturbed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.numerics.dtypes import UNDERFLOW, UNIT_ROUNDOFF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Dtype

# Scales that are still rounding, by check.
SAFETY_FACTORS = {
    "step": 4.0,
    # Free-running differences feed on themselves and depend on where they began.
    "trajectory": 8.0,
}


TRIALS = range(4)  # imitations of rounding; each has signs of its own


def compute_tolerance(
    travelled: Sequence[float], *, largest: float, dtype: Dtype, check: str
) -> float:
    """The largest absolute error of a tensor that rounding explains.

    Args:
        travelled: how far each trial, and the floor, carried the tensor; infinite
            where one overflowed.
        largest: the tensor's largest magnitude.
        dtype: what it is stored in.
        check: ``step`` or ``trajectory``.
    """
    scale = max(travelled) + UNIT_ROUNDOFF[dtype] * largest + UNDERFLOW[dtype]
    return SAFETY_FACTORS[check] * scale


# What two programs of a lesson may differ by, relative to a tensor's largest magnitude.
# Whole numbers, truth values and texts are equal or not.
LESSON_TOLERANCES = {
    "float64": 1e-12,
    # Eight roundings: lessons show float32 where it is a default, not to train in it.
    "float32": 8 * 2.0**-24,
}
