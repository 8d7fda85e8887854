"""Estimate how fast an error grows from one step to the next."""

from __future__ import annotations

from math import ceil, exp, isfinite, log, nan
from typing import TYPE_CHECKING

from scipy.stats import theilslopes

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_STEPS = 4  # fewer do not give a growth
MAX_STEPS = 200


def growth_per_step(errors: Mapping[int, float]) -> float:
    """Return the factor by which an error grows per step; NaN with too few steps.

    The estimate is the Theil-Sen slope of the error's logarithm, the median over all
    pairs of steps. A jump or a single outlier hardly changes it. Steps whose error is
    zero or not finite are left out. Of more than `MAX_STEPS`, every second, third and
    so on is used, because the time for all pairs grows quadratically.
    """
    known = {step: e for step, e in errors.items() if isfinite(e) and e > 0}
    if len(known) < MIN_STEPS:
        return nan
    steps = list(known)[:: ceil(len(known) / MAX_STEPS)]
    slope = theilslopes([log(known[step]) for step in steps], steps).slope
    return exp(float(slope))
