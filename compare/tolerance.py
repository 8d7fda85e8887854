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

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Array, Dtype

# Unit roundoff: half the distance from 1 to the next number.
UNIT_ROUNDOFF: dict[Dtype, float] = {"float32": 2.0**-24, "float64": 2.0**-53}

# Scales that are still rounding, by check.
SAFETY = {
    "step": 4.0,
    # Free-running differences feed on themselves and depend on where they began.
    "trajectory": 8.0,
}


def tolerances(
    reference: Mapping[str, Array],
    *,
    trials: list[dict[str, Array]],
    check: str,
    dtype: Dtype,
) -> dict[str, float]:
    """The largest absolute error of each tensor that rounding explains."""
    unit = UNIT_ROUNDOFF[dtype]
    found = {}
    for name, array in reference.items():
        travelled = max(float(np.abs(trial[name] - array).max()) for trial in trials)
        stored = unit * float(np.abs(array).max())
        found[name] = SAFETY[check] * (travelled + stored)
    return found
