"""Where a ratio passes 1 is estimated, with an interval that covers the truth."""

from __future__ import annotations

from math import exp, inf, isnan, log, nan

import numpy as np
import pytest

from compare.stats.crossing import find_crossing
from compare.stats.estimates import Interval, ratio_interval

SIZES = (1, 2, 4, 8, 16, 32, 64)


def around(ratio, width):
    return Interval(estimate=ratio, low=ratio / width, high=ratio * width)


def test_a_line_passes_one_where_it_was_constructed_to():
    points = [(size, around((size / 10) ** 0.5, 1.2)) for size in SIZES]
    found = find_crossing(points)
    assert found.estimate == pytest.approx(10)
    # An end is off by a factor of 1.2, so the size is off by its square.
    assert (found.low, found.high) == pytest.approx((10 / 1.44, 10 * 1.44))


def test_exact_ratios_give_an_interval_without_width():
    found = find_crossing([(1, around(2.0, 1)), (64, around(0.5, 1))])
    assert (found.low, found.estimate, found.high) == pytest.approx((8, 8, 8))


def test_a_line_that_passes_one_several_times_has_an_interval_over_all_of_them():
    ratios = (2.0, 0.9, 1.1, 0.5)
    points = [
        (size, around(ratio, 1.15)) for size, ratio in zip(SIZES, ratios, strict=False)
    ]
    found = find_crossing(points)
    assert 1 < found.low < 2
    assert 4 < found.estimate < found.high < 8


def test_a_point_without_an_interval_narrows_the_estimate_alone():
    known = [(1, around(2.0, 1.1)), (64, around(0.5, 1.1))]
    unknown = (8, Interval(estimate=1.5, low=nan, high=nan))
    found = find_crossing([known[0], unknown, known[1]])
    without = find_crossing(known)
    assert found.estimate > without.estimate
    assert (found.low, found.high) == (without.low, without.high)


@pytest.mark.parametrize("points", [[], [(1, around(2.0, 1.1)), (2, around(3.0, 1.1))]])
def test_without_a_crossing_there_is_none(points):
    assert isnan(find_crossing(points).estimate)


def test_an_interval_that_is_open_has_no_end_in_the_crossing():
    open_ = Interval(estimate=2.0, low=0.0, high=inf)
    found = find_crossing([(1, open_), (64, around(0.5, 1.1))])
    assert found.estimate == pytest.approx(8)
    assert isnan(found.low)


def simulate(rng, *, truth, launches, noise):
    """Return the crossing of a run: a true power law, and noise between launches."""
    points = []
    for size in SIZES:
        measured = 0.3 * log(size / truth) + noise * rng.standard_normal(launches)
        points.append((size, ratio_interval(list(measured), alpha=0.05)))
    return find_crossing(points)


@pytest.mark.parametrize("launches", [3, 8])
def test_the_interval_covers_a_known_crossing(launches):
    """At least 95%, less what 1,000 simulations may vary by (two deviations)."""
    rng, runs, covered = np.random.default_rng(7), 1000, 0
    for _ in range(runs):
        truth = exp(rng.uniform(log(3), log(24)))  # also between and at the sizes
        found = simulate(rng, truth=truth, launches=launches, noise=0.03)
        covered += found.low <= truth <= found.high
    assert covered / runs >= 0.95 - 2 * (0.05 * 0.95 / runs) ** 0.5


def test_the_interval_is_not_wider_than_the_band_of_the_ratio():
    """A planted defect that doubles the interval would cover too often."""
    rng = np.random.default_rng(8)
    widths = []
    for _ in range(300):
        found = simulate(rng, truth=8.0, launches=8, noise=0.03)
        widths.append(log(found.high / found.low))
    # t quantile 2.365 of 7 degrees of freedom; the slope 0.3 turns ratios into sizes.
    expected = 2 * 2.365 * 0.03 / 8**0.5 / 0.3
    assert np.median(widths) == pytest.approx(expected, rel=0.15)
