"""How fast an error grows: by what factor from one step to the next."""

from __future__ import annotations

from math import exp, isfinite, log, nan
from typing import TYPE_CHECKING

from scipy.stats import theilslopes

if TYPE_CHECKING:
    from collections.abc import Mapping

FEWEST = 4  # steps, below which no growth is told


def growth_per_step(errors: Mapping[int, float]) -> float:
    """The factor by which an error grows per step; NaN where too few steps tell.

    The Theil-Sen slope of the error's logarithm: the median over all pairs of steps, so
    that a jump or a single odd step hardly moves it. Steps without an error, or whose
    error is no finite number, are left out.
    """
    known = {step: e for step, e in errors.items() if isfinite(e) and e > 0}
    if len(known) < FEWEST:
        return nan
    slope = theilslopes([log(error) for error in known.values()], list(known)).slope
    return exp(float(slope))
