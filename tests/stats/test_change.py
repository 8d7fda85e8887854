"""How far a figure changed between two runs, against R and by simulation."""

from __future__ import annotations

from math import isnan, log

import numpy as np
import pytest

from compare.stats.change import estimate_change, minimum_detectable_change

# R 4.3: t.test(extra ~ group, data = sleep), from ?t.test
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


def test_interval_and_p_value_equal_those_of_welch_s_t_test_in_r():
    change = estimate_change(SLEEP[1], SLEEP[0])
    assert change.p == pytest.approx(0.07939, abs=1e-5)
    assert change.degrees_of_freedom == pytest.approx(17.776, abs=1e-3)
    assert log(change.factor.low) == pytest.approx(-3.3654832, abs=1e-6)
    assert log(change.factor.high) == pytest.approx(0.2054832, abs=1e-6)


@pytest.mark.parametrize(
    ("before", "after"), [([0.1], [0.2, 0.3]), ([0.1, 0.2], [0.3]), ([0.1], [0.1])]
)
def test_one_launch_gives_an_estimate_and_no_interval(before, after):
    change = estimate_change(before, after)
    assert change.factor.estimate == pytest.approx(
        np.exp(np.mean(after) - before[0]), 0.1
    )
    assert isnan(change.factor.low)
    assert isnan(change.p)


def test_without_measurements_there_is_no_estimate():
    assert isnan(estimate_change([], [0.1, 0.2]).factor.estimate)
    assert isnan(estimate_change((), ()).after)


def test_identical_launches_give_an_estimate_without_a_warning():
    unchanged = estimate_change([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
    assert unchanged.factor.estimate == 1
    assert isnan(unchanged.p)
    assert estimate_change([0.5, 0.5, 0.5], [0.5, 0.5, 0.6]).p > 0.05


def test_the_interval_covers_the_true_factor_if_one_run_is_noisier():
    random = np.random.default_rng(0)
    truth, trials, covered = log(1.05), 1500, 0
    for _ in range(trials):
        before = random.normal(0, 0.005, 4)
        after = truth + random.normal(0, 0.02, 6)
        factor = estimate_change(before, after).factor
        covered += factor.low <= 1.05 <= factor.high
    assert 0.93 <= covered / trials <= 0.97


def test_a_change_of_the_minimum_detectable_size_is_just_significant_after_holm():
    change = estimate_change([0.0, 0.01, 0.02], [0.0, 0.01, 0.02])
    least = minimum_detectable_change(change, claims=10)
    values = [log(1 + least) + each for each in (0.0, 0.01, 0.02)]
    assert 10 * estimate_change([0.0, 0.01, 0.02], values).p == pytest.approx(
        0.05, rel=1e-3
    )
