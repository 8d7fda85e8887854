"""Estimate how much the time of a start varies."""

from __future__ import annotations

from collections import defaultdict
from math import log, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from compare.stats.estimates import ALPHA, student_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.runs.record import Start


def estimate_start_noise(starts: Iterable[Start]) -> float:
    """Return half the width of the interval of one start time, as a fraction of it.

    A run has only one cold start per variant, so its variation cannot be measured. It
    is taken from the starts with a filled cache, pooled over the sessions of all
    variants. NaN if no variant has two of them.
    """
    arms: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for start in starts:
        if not start.cold:
            arm = (start.workload, start.framework, start.mode)
            arms[arm].append(log(start.total_s))
    repeated = [values for values in arms.values() if len(values) > 1]
    degrees_of_freedom = sum(len(values) - 1 for values in repeated)
    if not degrees_of_freedom:
        return nan
    squares = sum(float(np.var(v, ddof=1)) * (len(v) - 1) for v in repeated)
    deviation = sqrt(squares / degrees_of_freedom)
    return student_quantile(1 - ALPHA / 2, degrees_of_freedom) * deviation
