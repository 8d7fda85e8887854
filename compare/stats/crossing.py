"""Find where a ratio that depends on a size passes 1, with an interval."""

from __future__ import annotations

from itertools import pairwise
from math import exp, log, nan
from typing import TYPE_CHECKING

from compare.stats.estimates import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Point = tuple[float, float]  # size, ratio


def find_crossing(points: Sequence[tuple[float, Interval]]) -> Interval:
    """Return the size at which a ratio is 1, between sizes where it is measured.

    The estimates, and the lower and the upper ends of their intervals, are each joined
    by straight lines on logarithmic axes. The estimate is the last place where the
    first of these lines passes 1. The interval reaches from the first to the last place
    where a line of ends passes 1: it has the sizes at which the band of the ratio
    contains 1 (an interval by inverting a confidence band). If the logarithm of the
    ratio is linear in that of the size between two points, the band covers it at least
    as often as the intervals do, because the half-widths are interpolated too.

    Source: Brown, "Measurement, regression and calibration" (1993), chapter 2, for
    inverting the band of a calibration line.

    Args:
        points: size and ratio, by increasing size. The intervals at both ends exclude
            1, on different sides of it.

    Returns:
        The size; NaN where a line does not pass 1.
    """
    estimates = [(size, ratio.estimate) for size, ratio in points]
    bounded = [
        (size, ratio) for size, ratio in points if ratio.low > 0 and ratio.high > 0
    ]
    ends = [
        *_find_ones([(size, ratio.low) for size, ratio in bounded]),
        *_find_ones([(size, ratio.high) for size, ratio in bounded]),
    ]
    *_, estimate = [nan, *_find_ones(estimates)]
    return Interval(
        estimate=estimate, low=min(ends, default=nan), high=max(ends, default=nan)
    )


def _find_ones(line: Sequence[Point]) -> Iterator[float]:
    """Yield the sizes at which a line on logarithmic axes passes 1."""
    for (low, before), (high, after) in pairwise(line):
        if (before < 1) != (after < 1):
            share = log(before) / (log(before) - log(after))
            yield exp(log(low) + share * (log(high) - log(low)))
