"""Estimates, intervals and verdicts, against known values and by simulation."""

from __future__ import annotations

from math import exp, isnan, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp
from statsmodels.stats.weightstats import DescrStatsW

from compare.stats.estimates import (
    ALPHA,
    Interval,
    adjust_holm,
    bootstrap_intervals,
    hodges_lehmann,
    hodges_lehmann_rows,
    judge_ratio,
    minimum_detectable_effect,
    p_value_of_difference,
    p_value_of_equivalence,
    ratio_interval,
)

NUMBERS = st.lists(st.floats(min_value=-1e3, max_value=1e3), min_size=1, max_size=40)


def test_hodges_lehmann_gives_the_pseudomedian_that_r_gives():
    # R 4.3: wilcox.test(depression, conf.int = TRUE)$estimate, from ?wilcox.test
    before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    differences = np.subtract(before, after)
    assert hodges_lehmann(differences) == pytest.approx(0.46, abs=1e-9)


@given(NUMBERS, st.floats(min_value=-100, max_value=100))
def test_shifting_every_value_shifts_the_estimate(values, shift):
    moved = hodges_lehmann([v + shift for v in values])
    assert moved == pytest.approx(hodges_lehmann(values) + shift, abs=1e-6)


@given(NUMBERS)
def test_the_estimate_lies_among_the_values_whatever_their_order(values):
    estimate = hodges_lehmann(values)
    assert min(values) - 1e-9 <= estimate <= max(values) + 1e-9
    assert hodges_lehmann(sorted(values)) == pytest.approx(estimate)


def test_one_wild_value_hardly_moves_the_estimate():
    calm = [0.0] * 20
    assert abs(hodges_lehmann([*calm, 1000.0])) < 0.01


def test_no_values_give_no_estimate():
    assert isnan(hodges_lehmann([]))


def test_the_interval_is_student_s_over_launches():
    # t(0.975, 2 df) = 4.302653; sd of (0.01, 0.02, 0.03) = 0.01
    interval = ratio_interval([0.01, 0.02, 0.03])
    half = 4.302653 * 0.01 / 3**0.5
    assert interval.estimate == pytest.approx(exp(0.02))
    assert interval.low == pytest.approx(exp(0.02 - half), rel=1e-6)
    assert interval.high == pytest.approx(exp(0.02 + half), rel=1e-6)


def test_one_launch_gives_an_estimate_without_an_interval():
    interval = ratio_interval([0.1])
    assert interval.estimate == pytest.approx(exp(0.1))
    assert isnan(interval.low)
    assert isnan(interval.high)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth, trials, covered = log(0.9), 2000, 0
    for _ in range(trials):
        launches = truth + rng.normal(0, 0.01, 3)
        rounds = launches[:, None] + rng.normal(0, 0.02, (3, 20))
        interval = ratio_interval([hodges_lehmann(r) for r in rounds])
        covered += interval.low <= 0.9 <= interval.high
    # 95% of 2000 with a standard error of 0.5%: four of them either way
    assert 0.93 <= covered / trials <= 0.97


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 66, 100, 301])
@pytest.mark.parametrize("ties", [False, True])
def test_many_values_and_few_are_estimated_alike(size, ties):
    rng = np.random.default_rng(size)
    values = rng.integers(0, 6, size) if ties else rng.standard_cauchy(size)
    first, second = np.triu_indices(size)
    listed = np.median((values[first] + values[second]) / 2)
    assert hodges_lehmann(values) == pytest.approx(listed, rel=1e-12, abs=1e-12)


def test_a_hundred_equal_values_are_their_own_estimate():
    assert hodges_lehmann([0.25] * 100) == 0.25


def test_rows_are_estimated_together_as_one_by_one():
    rows = np.random.default_rng(0).normal(size=(50, 18))
    one_by_one = [hodges_lehmann(row) for row in rows]
    assert hodges_lehmann_rows(rows) == pytest.approx(one_by_one)


LAUNCHES = st.lists(
    st.floats(min_value=-0.5, max_value=0.5).map(lambda x: round(x, 6)),
    min_size=2,
    max_size=12,
).filter(lambda values: len({*values}) > 1)


@given(LAUNCHES)
def test_the_chance_is_that_of_scipy_s_t_test(launches):
    expected = ttest_1samp(launches, 0).pvalue
    assert p_value_of_difference(launches) == pytest.approx(
        expected, rel=1e-6, abs=1e-12
    )


@given(LAUNCHES, st.floats(min_value=0.005, max_value=0.1))
def test_equivalence_is_that_of_statsmodels_two_one_sided_tests(launches, margin):
    expected, *_ = DescrStatsW(launches).ttost_mean(-np.log1p(margin), np.log1p(margin))
    found = p_value_of_equivalence(launches, margin=margin)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(LAUNCHES)
def test_an_interval_excludes_one_where_the_chance_is_below_five_percent(launches):
    if abs((chance := p_value_of_difference(launches)) - ALPHA) > 1e-9:
        assert ratio_interval(launches).excludes_one == (chance < ALPHA)


def test_launches_that_are_all_alike_settle_the_ratio():
    assert p_value_of_difference([0.125, 0.125, 0.125]) == 0
    assert p_value_of_difference([0.0, 0.0, 0.0]) == 1
    assert p_value_of_equivalence([0.0, 0.0, 0.0]) == 0


def test_one_launch_settles_nothing():
    assert isnan(p_value_of_difference([0.3]))
    assert isnan(p_value_of_equivalence([0.0]))
    assert isnan(minimum_detectable_effect([0.3]))


def test_holm_multiplies_the_least_chance_by_all_and_the_greatest_by_one():
    # Holm (1979): 0.01 x 3, 0.02 x 2, 0.04 x 1, none below the one before it
    assert adjust_holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])


def test_what_is_not_known_is_no_claim():
    corrected = adjust_holm([0.02, nan, 0.03])
    assert corrected[0] == pytest.approx(0.04)
    assert isnan(corrected[1])
    assert adjust_holm([]) == []


def test_correcting_chances_leaves_them_as_they_were():
    chances = np.array([0.01, 0.04, 0.03])
    adjust_holm(chances)
    assert chances.tolist() == [0.01, 0.04, 0.03]


def test_a_smaller_level_gives_a_wider_interval():
    launches = [0.01, 0.02, 0.03, 0.02]
    wide, narrow = (ratio_interval(launches, alpha=a) for a in (0.005, 0.05))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_detectable_difference_is_found_in_four_experiments_of_five():
    rng = np.random.default_rng(0)
    size = minimum_detectable_effect([-0.01, 0.01, -0.01, 0.01, -0.01, 0.01])
    spread = float(np.std([-0.01, 0.01] * 3, ddof=1))
    trials = rng.normal(np.log1p(size), spread, (4000, 6))
    found = np.mean([p_value_of_difference(trial) < ALPHA for trial in trials])
    # The formula is that of a t shifted, not of a noncentral t: good to a few percent.
    assert 0.75 <= found <= 0.85


def test_more_claims_need_a_larger_difference():
    launches = [0.01, 0.02, 0.00, 0.015]
    assert minimum_detectable_effect(launches, claims=5) > minimum_detectable_effect(
        launches
    )


def test_a_bootstrap_interval_is_near_student_s_where_launches_are_many():
    launches = np.random.default_rng(0).normal(0.05, 0.01, (40, 1))
    (found,) = bootstrap_intervals(launches)
    expected = ratio_interval(launches[:, 0])
    assert found.low == pytest.approx(expected.low, abs=5e-4)
    assert found.high == pytest.approx(expected.high, abs=5e-4)
    assert found.estimate == pytest.approx(expected.estimate)


@pytest.mark.parametrize("launches", [1, 5])
def test_few_launches_give_no_bootstrap_interval(launches):
    found = bootstrap_intervals(np.zeros((launches, 2)))
    assert all(isnan(each.low) for each in found)


@pytest.mark.parametrize(
    ("ratio", "differs", "equivalent", "expected"),
    [
        (0.75, 0.01, 1.0, "faster"),
        (1.20, 0.01, 1.0, "slower"),
        (1.00, 0.70, 0.01, "equivalent"),
        (1.004, 0.01, 0.01, "equivalent"),
        (1.05, 0.06, 1.0, "inconclusive"),
        (nan, nan, nan, "inconclusive"),
    ],
)
def test_a_verdict_follows_from_the_chances(ratio, differs, equivalent, expected):
    interval = Interval(estimate=ratio)
    assert judge_ratio(interval, differs=differs, equivalent=equivalent) == expected


@given(LAUNCHES)
def test_a_verdict_turns_round_when_the_two_sides_do(launches):
    def judged(values):
        return judge_ratio(
            ratio_interval(values),
            differs=p_value_of_difference(values),
            equivalent=p_value_of_equivalence(values),
        )

    swapped = {"faster": "slower", "slower": "faster"}
    answer = judged(launches)
    assert judged([-value for value in launches]) == swapped.get(answer, answer)
