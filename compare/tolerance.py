"""How far rounding may carry a result: the one place where tolerances stand.

The rule. The reference is evaluated a few times more in float64, every product and sum
moved by what rounding in the cell's dtype may cost it (`reference.perturbed`: length of
the sum, cancellation, propagation through the rest of the network are all in it). The
largest distance that a tensor travels is its *scale*; storing the result adds one unit
roundoff of its largest magnitude. The tolerance is `SAFETY` scales.

A kernel may sum in any order, so its error need not look like any one trial's; but a
sum whose error is several times the probabilistic bound of its own length is no
rounding. Measured over the quick suite on CPU, every variant stays within one scale.

Source: Higham and Mary (2019), see `reference.perturbed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Dtype

# Unit roundoff: half the distance from 1 to the next number.
UNIT_ROUNDOFF: dict[Dtype, float] = {"float32": 2.0**-24, "float64": 2.0**-53}

# Scales that are still rounding, by check.
SAFETY = {
    "step": 4.0,
    # Free-running differences feed on themselves and depend on where they began.
    "trajectory": 8.0,
}


TRIALS = range(4)  # imitations of rounding; each has signs of its own


def tolerance(
    travelled: Sequence[float], *, largest: float, unit: float, check: str
) -> float:
    """The largest absolute error of a tensor that rounding explains.

    Args:
        travelled: how far each trial carried the tensor.
        largest: the tensor's largest magnitude.
        unit: unit roundoff of the dtype that it is stored in.
        check: ``step`` or ``trajectory``.
    """
    scale = max(travelled) + unit * largest
    return SAFETY[check] * scale
