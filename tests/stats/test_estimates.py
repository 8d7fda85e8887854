"""Estimates, intervals and verdicts, against known values and by simulation."""

from __future__ import annotations

from math import exp, isnan, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW

from compare.stats.estimates import (
    ALPHA,
    Interval,
    TimingVerdict,
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


def test_hodges_lehmann_equals_the_pseudomedian_of_r():
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
def test_the_estimate_is_within_the_values_and_independent_of_their_order(values):
    estimate = hodges_lehmann(values)
    assert min(values) - 1e-9 <= estimate <= max(values) + 1e-9
    assert hodges_lehmann(sorted(values)) == pytest.approx(estimate)


def test_one_outlier_hardly_changes_the_estimate():
    equal = [0.0] * 20
    assert abs(hodges_lehmann([*equal, 1000.0])) < 0.01


def test_no_values_give_no_estimate():
    assert isnan(hodges_lehmann([]))


def test_the_interval_is_student_s_t_interval_over_launches():
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


def test_the_interval_covers_the_true_ratio_in_about_95_percent_of_experiments():
    rng = np.random.default_rng(0)
    truth, trials, covered = log(0.9), 2000, 0
    for _ in range(trials):
        launches = truth + rng.normal(0, 0.01, 3)
        rounds = launches[:, None] + rng.normal(0, 0.02, (3, 20))
        interval = ratio_interval([hodges_lehmann(r) for r in rounds])
        covered += interval.low <= 0.9 <= interval.high
    # 95% of 2000, plus or minus four standard errors of 0.5%
    assert 0.93 <= covered / trials <= 0.97


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 66, 100, 301])
@pytest.mark.parametrize("ties", [False, True])
def test_few_and_many_values_have_the_same_estimate(size, ties):
    rng = np.random.default_rng(size)
    values = rng.integers(0, 6, size) if ties else rng.standard_cauchy(size)
    first, second = np.triu_indices(size)
    expected = np.median((values[first] + values[second]) / 2)
    assert hodges_lehmann(values) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_hundred_equal_values_are_their_own_estimate():
    assert hodges_lehmann([0.25] * 100) == 0.25


def test_rows_have_the_same_estimates_together_and_one_by_one():
    rows = np.random.default_rng(0).normal(size=(50, 18))
    one_by_one = [hodges_lehmann(row) for row in rows]
    assert hodges_lehmann_rows(rows) == pytest.approx(one_by_one)


LAUNCHES = st.lists(
    st.floats(min_value=-0.5, max_value=0.5).map(lambda x: round(x, 6)),
    min_size=2,
    max_size=12,
).filter(lambda values: len({*values}) > 1)


@given(LAUNCHES)
def test_the_p_value_of_difference_is_that_of_scipy_s_t_test(launches):
    expected = ttest_1samp(launches, 0).pvalue
    assert p_value_of_difference(launches) == pytest.approx(
        expected, rel=1e-6, abs=1e-12
    )


@given(LAUNCHES, st.floats(min_value=0.005, max_value=0.1))
def test_the_p_value_of_equivalence_is_that_of_statsmodels_tost(launches, margin):
    expected, *_ = DescrStatsW(launches).ttost_mean(-np.log1p(margin), np.log1p(margin))
    found = p_value_of_equivalence(launches, margin=margin)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(LAUNCHES)
def test_an_interval_excludes_one_if_the_p_value_is_below_five_percent(launches):
    if abs((p := p_value_of_difference(launches)) - ALPHA) > 1e-9:
        assert ratio_interval(launches).excludes_one == (p < ALPHA)


def test_identical_launches_decide_the_ratio():
    assert p_value_of_difference([0.125, 0.125, 0.125]) == 0
    assert p_value_of_difference([0.0, 0.0, 0.0]) == 1
    assert p_value_of_equivalence([0.0, 0.0, 0.0]) == 0


def test_one_launch_decides_nothing():
    assert isnan(p_value_of_difference([0.3]))
    assert isnan(p_value_of_equivalence([0.0]))
    assert isnan(minimum_detectable_effect([0.3]))


def test_holm_multiplies_the_smallest_p_value_by_all_and_the_largest_by_one():
    # Holm (1979): 0.01 x 3, 0.02 x 2, 0.04 x 1, none below its predecessor
    assert adjust_holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])


def test_holm_corrected_p_values_are_those_of_statsmodels():
    rng = np.random.default_rng(0)
    for count in (1, 2, 7, 40):
        p_values = rng.random(count).round(1) ** 3  # with ties, zeros and ones
        expected = multipletests(p_values, method="holm")[1]
        assert adjust_holm(p_values) == pytest.approx(expected.tolist())


def test_an_unknown_p_value_is_not_counted_as_a_claim():
    corrected = adjust_holm([0.02, nan, 0.03])
    assert corrected[0] == pytest.approx(0.04)
    assert isnan(corrected[1])
    assert adjust_holm([]) == []


def test_adjusting_p_values_does_not_change_the_input():
    p_values = np.array([0.01, 0.04, 0.03])
    adjust_holm(p_values)
    assert p_values.tolist() == [0.01, 0.04, 0.03]


def test_a_smaller_alpha_gives_a_wider_interval():
    launches = [0.01, 0.02, 0.03, 0.02]
    wide, narrow = (ratio_interval(launches, alpha=a) for a in (0.005, 0.05))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_minimum_detectable_effect_is_found_in_80_percent_of_experiments():
    rng = np.random.default_rng(0)
    size = minimum_detectable_effect([-0.01, 0.01, -0.01, 0.01, -0.01, 0.01])
    spread = float(np.std([-0.01, 0.01] * 3, ddof=1))
    trials = rng.normal(np.log1p(size), spread, (4000, 6))
    found = np.mean([p_value_of_difference(trial) < ALPHA for trial in trials])
    # The formula uses a shifted t instead of a noncentral t: accurate to a few percent.
    assert 0.75 <= found <= 0.85


def test_more_claims_have_a_larger_minimum_detectable_effect():
    launches = [0.01, 0.02, 0.00, 0.015]
    assert minimum_detectable_effect(launches, claims=5) > minimum_detectable_effect(
        launches
    )


def test_with_many_launches_the_bootstrap_interval_is_near_the_t_interval():
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
def test_the_verdict_follows_from_the_p_values(ratio, differs, equivalent, expected):
    interval = Interval(estimate=ratio)
    verdict = judge_ratio(interval, differs=differs, equivalent=equivalent)
    assert verdict == expected
    assert isinstance(verdict, TimingVerdict)


@given(LAUNCHES)
def test_exchanging_the_two_variants_exchanges_faster_and_slower(launches):
    def judged(values):
        return judge_ratio(
            ratio_interval(values),
            differs=p_value_of_difference(values),
            equivalent=p_value_of_equivalence(values),
        )

    swapped = {"faster": "slower", "slower": "faster"}
    answer = judged(launches)
    assert judged([-value for value in launches]) == swapped.get(answer, answer)
