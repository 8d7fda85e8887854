"""Intervals of a line: the truth is recovered, and covered as often as stated."""

from __future__ import annotations

import numpy as np
import pytest

from compare.stats.line_interval import estimate_line

SIZES = np.repeat((1.0, 10.0, 100.0, 1000.0), 3)  # three launches each
FIXED, PER_UNIT = 80_000.0, 900.0
SPREAD = 0.02


def draw_times(rng, spread=SPREAD):
    return (FIXED + PER_UNIT * SIZES) * (1 + spread * rng.standard_normal(len(SIZES)))


def test_exact_times_give_the_line_without_uncertainty():
    found = estimate_line(SIZES, FIXED + PER_UNIT * SIZES)
    assert found.fixed.estimate == pytest.approx(FIXED)
    assert found.per_unit.estimate == pytest.approx(PER_UNIT)
    assert found.per_unit.high - found.per_unit.low < 1e-6 * PER_UNIT
    assert found.misfit < 1e-9


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_intervals_cover_the_truth_as_often_as_stated(alpha):
    rng, count = np.random.default_rng(0), 1500
    found = [estimate_line(SIZES, draw_times(rng), alpha=alpha) for _ in range(count)]
    for name, truth in (("fixed", FIXED), ("per_unit", PER_UNIT)):
        intervals = [getattr(each, name) for each in found]
        covered = np.mean([each.low <= truth <= each.high for each in intervals])
        error = np.sqrt(alpha * (1 - alpha) / count)
        assert covered == pytest.approx(1 - alpha, abs=4 * error), name


def test_estimates_have_no_bias():
    rng = np.random.default_rng(1)
    found = [estimate_line(SIZES, draw_times(rng)) for _ in range(400)]
    for name, truth in (("fixed", FIXED), ("per_unit", PER_UNIT)):
        mean = np.mean([getattr(each, name).estimate for each in found])
        assert mean == pytest.approx(truth, rel=0.005)


def test_a_time_that_is_no_line_has_wide_intervals_and_a_misfit():
    straight = estimate_line(SIZES, draw_times(np.random.default_rng(2)))
    curved = estimate_line(SIZES, FIXED + SIZES**2)
    assert curved.misfit > 0.2 > straight.misfit
    width = curved.per_unit.high - curved.per_unit.low
    assert width > 5 * (straight.per_unit.high - straight.per_unit.low)


@pytest.mark.parametrize("sizes", [(), (1.0,), (1.0, 1.0, 1.0, 10.0, 10.0)])
def test_fewer_than_three_different_sizes_give_no_line(sizes):
    assert estimate_line(sizes, sizes) is None


def test_a_line_that_is_negative_at_small_sizes_is_estimated():
    found = estimate_line((1, 2, 3, 4), (1.0, 30.0, 62.0, 95.0))
    assert np.isfinite(found.fixed.low)
    assert found.fixed.estimate < 0
