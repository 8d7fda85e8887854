"""The statistics against published values and other programs."""

from __future__ import annotations

from math import log, log1p

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import DescrStatsW

from compare.stats.estimates import (
    ALPHA,
    MAX_LISTED_VALUES,
    POWER,
    adjust_holm,
    hodges_lehmann,
    hodges_lehmann_rows,
    minimum_detectable_effect,
    p_value_of_difference,
    p_value_of_equivalence,
    ratio_interval,
)

# Brownlee's stack losses, R's `stackloss`.
AIR_FLOW = [80, 80, 75, *[62] * 5, *[58] * 6, *[50] * 5, 56, 70]
STACK_LOSS = [42, 37, 37, 28, 18, 18, 19, 20, 15, 14, 14, 13, 11, 12, 8, 7, 8, 8, 9, 15]
STACK_LOSS += [15]
# Student's sleep data, R's `sleep`.
ONE_DRUG = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
OTHER_DRUG = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# https://stats.stackexchange.com/questions/270889
CITED = [
    2.10,
    2.35,
    2.35,
    3.10,
    3.10,
    3.15,
    3.90,
    3.90,
    4.00,
    4.80,
    5.00,
    5.00,
    5.15,
]
CITED += [5.35, 5.50, 6.00, 6.00, 6.25, 6.45]

# Log ratios of a few launches, not drawn from any distribution.
LAUNCHES = [
    [0.012, -0.003, 0.004],
    [-0.021, -0.018, -0.025, -0.019],
    [0.001, 0.002, -0.0005, 0.0012, 0.0003, -0.001, 0.0009],
    [0.0, 0.4, -0.1, 0.05],
]

any_launches = pytest.mark.parametrize("log_ratios", LAUNCHES)


@pytest.mark.parametrize(
    ("values", "printed"),
    [
        # wilcox.test(x, conf.int = TRUE)$estimate. With ties, R searches for it
        # numerically, to about 1e-4; it leaves out values that equal `mu`.
        (CITED, 4.400028),
        ([x for x in AIR_FLOW if x != 58], 61.99994),  # mu = 58
        ([x for x in STACK_LOSS if x != 15], 15.99999),  # mu = 15
        ([x for x in np.subtract(ONE_DRUG, OTHER_DRUG) if x != 0], -1.400031),  # paired
    ],
)
def test_the_pseudomedian_equals_that_of_r(values, printed):
    assert hodges_lehmann(values) == pytest.approx(printed, abs=1e-4)


@pytest.mark.parametrize(
    "count", [1, 2, 3, 17, 18, MAX_LISTED_VALUES, MAX_LISTED_VALUES + 1, 90, 301]
)
@pytest.mark.parametrize("kind", ["smooth", "tied", "heavy-tailed"])
def test_the_estimate_is_the_median_of_all_pairwise_means(count, kind):
    rng = np.random.default_rng(count)
    values = {
        "smooth": rng.normal(size=count),
        "tied": rng.integers(0, 4, count).astype(float),
        "heavy-tailed": rng.standard_cauchy(count),
    }[kind]
    pairs = [(values[i] + values[j]) / 2 for i in range(count) for j in range(i, count)]
    expected = pytest.approx(np.median(pairs), rel=1e-12, abs=1e-12)
    assert hodges_lehmann(values) == expected
    assert hodges_lehmann_rows(values[None])[0] == expected


@any_launches
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 15])
def test_the_interval_is_statsmodels_t_interval(log_ratios, alpha):
    interval = ratio_interval(log_ratios, alpha=alpha)
    low, high = DescrStatsW(log_ratios).tconfint_mean(alpha)
    assert log(interval.low) == pytest.approx(low, rel=1e-9)
    assert log(interval.high) == pytest.approx(high, rel=1e-9)


@any_launches
def test_the_p_value_of_difference_is_scipy_s(log_ratios):
    expected = ttest_1samp(log_ratios, 0.0).pvalue
    assert p_value_of_difference(log_ratios) == pytest.approx(expected, rel=1e-9)


@any_launches
@pytest.mark.parametrize("margin", [0.005, 0.01, 0.05])
def test_the_p_value_of_equivalence_is_statsmodels_tost(log_ratios, margin):
    low, high = -log1p(margin), log1p(margin)
    expected = DescrStatsW(log_ratios).ttost_mean(low, high)[0]
    found = p_value_of_equivalence(log_ratios, margin=margin)
    assert found == pytest.approx(expected, rel=1e-9)


def test_holm_multiplies_the_smallest_p_value_most_and_keeps_the_order():
    # By hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, and 0.04, raised to its predecessor.
    assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx(
        [0.03, 0.06, 0.06, 0.02]
    )


@pytest.mark.parametrize("launches", [4, 6, 8, 16, 32])
def test_the_minimum_detectable_effect_is_close_to_that_of_the_exact_power(launches):
    values = np.resize([-0.003, 0.003], launches)
    exact = TTestPower().solve_power(nobs=launches, alpha=ALPHA, power=POWER)
    found = log1p(minimum_detectable_effect(values)) / np.std(values, ddof=1)
    assert found == pytest.approx(exact, rel=0.025)
