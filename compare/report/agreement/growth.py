"""Estimate how fast an error grows from one step to the next."""

from __future__ import annotations

from math import exp, isfinite, log, nan
from statistics import median
from typing import TYPE_CHECKING

from compare.reference.expectation import RESTART_STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_STEPS = 4  # fewer do not give a growth


def growth_per_step(errors: Mapping[int, float]) -> float:
    """Return the factor by which an error grows per step; NaN with too few steps.

    The estimate is the median slope of the error's logarithm over all pairs of steps
    between two restarts of the trajectory (Theil-Sen). A jump or a single outlier
    hardly changes it. Steps whose error is zero or not finite are left out.
    """
    known = {step: log(e) for step, e in errors.items() if isfinite(e) and e > 0}
    slopes = [
        (known[later] - known[step]) / (later - step)
        for step in known
        for later in range(step + 1, step - step % RESTART_STEPS + RESTART_STEPS)
        if later in known
    ]
    return exp(median(slopes)) if slopes and len(known) >= MIN_STEPS else nan
