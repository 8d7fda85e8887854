"""What a graph costs before it is warm, and after how many steps that is paid."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import hypot, inf, isnan, log, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from compare.stats.estimates import ALPHA, Interval, student_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.runs.record import Start


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a variant costs: once before it is warm, then every step."""

    start_s: float  # until the first step is done, compile cache empty
    start_half_s: float  # half the width of its interval
    step_s: float


def estimate_start_noise(starts: Iterable[Start]) -> float:
    """Half the width of the interval of one start's time, as a share of it.

    A cold start is made once a run; how much it would vary is taken from the starts
    with a filled cache, of every variant's sessions together.
    """
    arms: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for start in starts:
        if not start.cold:
            arm = (start.workload, start.framework, start.mode)
            arms[arm].append(log(start.total_s))
    several = [values for values in arms.values() if len(values) > 1]
    freedom = sum(len(values) - 1 for values in several)
    if not freedom:
        return nan
    squares = sum(float(np.var(v, ddof=1)) * (len(v) - 1) for v in several)
    return student_quantile(1 - ALPHA / 2, freedom) * sqrt(squares / freedom)


def break_even_steps(price: Cost, *, baseline: Cost, ratio: Interval) -> Interval:
    """After how many steps a variant has cost less than the baseline in all.

    Infinite where that never comes, 0 where it is cheaper from the start. Its interval
    holds both: the ratio at either end of its own, and the starts at either end of
    theirs; it is therefore wider than it need be.
    """
    extra = price.start_s - baseline.start_s
    noise = hypot(price.start_half_s, baseline.start_half_s)

    def steps(of_ratio: float, extra_s: float) -> float:
        if isnan(of_ratio):
            return nan
        saved = baseline.step_s * (1 - of_ratio)
        if saved <= 0:
            return inf  # whatever starting costs
        if isnan(extra_s):
            return nan
        return 1 + extra_s / saved if extra_s > 0 else 0.0  # the first call is a step

    return Interval(
        estimate=steps(ratio.estimate, extra),
        low=steps(ratio.low, extra - noise),
        high=steps(ratio.high, extra + noise),
    )
