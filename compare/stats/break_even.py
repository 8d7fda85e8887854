"""Compute after how many steps a graph has repaid its higher cost of starting."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, inf, isnan, nan

from compare.stats.estimates import Interval


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The time that a variant takes: once to start, then for every step."""

    start_s: float  # until the end of the first call, with an empty compile cache
    start_half_s: float  # half the width of its interval
    step_s: float


def break_even_steps(
    cost: Cost, *, baseline: Cost, ratio: Interval, first_steps: int = 1
) -> Interval:
    """Return after how many steps a variant has taken less time than the baseline.

    The number is infinite if that never happens, and 0 if the variant is cheaper from
    the start. The interval combines the ends of the ratio's interval with the ends of
    the start times' interval. It is conservative: wider than necessary.

    Args:
        cost: of the variant.
        baseline: the cost of the baseline.
        ratio: the variant's step time over the baseline's.
        first_steps: steps of the first call, one per shape of batches, of both. They
            are part of the start, so steps are saved only after them.
    """
    extra = cost.start_s - baseline.start_s
    noise = hypot(cost.start_half_s, baseline.start_half_s)

    def steps(of_ratio: float, extra_s: float) -> float:
        if isnan(of_ratio):
            return nan
        saved = baseline.step_s * (1 - of_ratio)
        if saved <= 0:
            return inf  # for any cost of starting
        if isnan(extra_s):
            return nan
        return first_steps + extra_s / saved if extra_s > 0 else 0.0

    return Interval(
        estimate=steps(ratio.estimate, extra),
        low=steps(ratio.low, extra - noise),
        high=steps(ratio.high, extra + noise),
    )
