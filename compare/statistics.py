"""Samples to estimates, intervals and verdicts. Pure functions.

The comparison of a variant with the baseline rests on the log of the ratio of their
step times in the same round. Within a launch the rounds give one Hodges-Lehmann
estimate; across launches those estimates give the mean and a t interval, because
processes started afresh differ and no number of rounds can tell that away.

Source: Hodges and Lehmann, "Estimates of location based on rank tests" (1963);
Kalibera and Jones, "Rigorous benchmarking in reasonable time" (2013) for the levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isnan, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array

CONFIDENCE = 0.95
EQUIVALENCE_MARGIN = 0.02  # step times closer than this are the same to a user
FEWEST_LAUNCHES = 2


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate with its 95% interval; NaN where it cannot be known."""

    estimate: float = nan
    low: float = nan
    high: float = nan


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a variant costs: once before it is warm, then every step."""

    start_s: float
    step_s: float


def hodges_lehmann(values: Sequence[float] | Array) -> float:
    """The median of all pairwise means, each value paired with itself too."""
    array = np.asarray(values, dtype="float64")
    if not len(array):
        return nan
    first, second = np.triu_indices(len(array))
    return float(np.median((array[first] + array[second]) / 2))


def ratio_interval(log_ratios: Sequence[float]) -> Interval:
    """A ratio and its t interval, from one log ratio a launch."""
    from scipy.stats import t  # noqa: PLC0415 - half a second, only at the end

    count = len(log_ratios)
    if count == 0:
        return Interval()
    mean = float(np.mean(log_ratios))
    if count < FEWEST_LAUNCHES:
        return Interval(estimate=exp(mean))
    spread = float(np.std(log_ratios, ddof=1)) / sqrt(count)
    half = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * spread
    return Interval(estimate=exp(mean), low=exp(mean - half), high=exp(mean + half))


def verdict(ratio: Interval) -> str:
    """Faster, slower, equivalent or inconclusive, by the interval alone."""
    margin = 1 + EQUIVALENCE_MARGIN
    if isnan(ratio.low):
        return "inconclusive"
    if 1 / margin <= ratio.low and ratio.high <= margin:
        return "equivalent"
    if ratio.high < 1:
        return "faster"
    return "slower" if ratio.low > 1 else "inconclusive"


def break_even(price: Price, *, baseline: Price, ratio: Interval) -> Interval:
    """After how many steps a variant has cost less than the baseline in all.

    Infinite where that never comes, 0 where it is cheaper from the start. Its interval
    is that of the ratio, carried through: starting costs are taken as they are.
    """
    extra = price.start_s - baseline.start_s

    def steps(of_ratio: float) -> float:
        if isnan(of_ratio) or isnan(extra):
            return nan
        saved = baseline.step_s * (1 - of_ratio)
        if saved <= 0:
            return inf
        return 1 + extra / saved if extra > 0 else 0.0  # the first call is a step

    return Interval(
        estimate=steps(ratio.estimate), low=steps(ratio.low), high=steps(ratio.high)
    )
