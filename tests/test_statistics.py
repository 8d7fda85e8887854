"""Estimates, intervals and verdicts, against known values and by simulation."""

from __future__ import annotations

from math import exp, inf, isnan, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.statistics import (
    EQUIVALENCE_MARGIN,
    Interval,
    Price,
    break_even,
    hodges_lehmann,
    ratio_interval,
    verdict,
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


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.70, 0.80, "faster"),
        (1.10, 1.30, "slower"),
        (0.99, 1.01, "equivalent"),
        (0.90, 1.10, "inconclusive"),
        (0.97, 0.99, "faster"),
        (nan, nan, "inconclusive"),
    ],
)
def test_a_verdict_follows_from_the_interval_alone(low, high, expected):
    assert verdict(Interval(estimate=1.0, low=low, high=high)) == expected


@given(st.floats(min_value=0.1, max_value=10), st.floats(min_value=0, max_value=2))
def test_a_verdict_turns_round_when_the_two_sides_do(middle, width):
    interval = Interval(estimate=middle, low=middle / (1 + width), high=middle)
    mirrored = Interval(estimate=1 / middle, low=1 / middle, high=(1 + width) / middle)
    swapped = {"faster": "slower", "slower": "faster"}
    # Where rounding decides whether an end is at the margin, either answer will do.
    ends = (interval.low, interval.high)
    edges = (1.0, 1 + EQUIVALENCE_MARGIN, 1 / (1 + EQUIVALENCE_MARGIN))
    if any(abs(end - edge) < 1e-9 for end in ends for edge in edges):
        return
    answer = verdict(interval)
    assert verdict(mirrored) == swapped.get(answer, answer)


BASELINE = Price(start_s=1.0, step_s=0.010)


@pytest.mark.parametrize(
    ("start_s", "ratio", "expected"),
    [
        (11.0, 0.5, 2001.0),  # 10 s more to start, 5 ms saved a step after the first
        (11.0, 1.0, inf),
        (11.0, 1.2, inf),
        (0.5, 0.9, 0.0),
        (nan, 0.9, nan),
        (11.0, nan, nan),
    ],
)
def test_a_graph_pays_back_when_saved_steps_have_paid_its_start(
    start_s, ratio, expected
):
    price = Price(start_s=start_s, step_s=ratio * BASELINE.step_s)
    interval = Interval(estimate=ratio, low=ratio, high=ratio)
    paid = break_even(price, baseline=BASELINE, ratio=interval)
    assert paid.estimate == pytest.approx(expected, nan_ok=True)


def test_an_uncertain_ratio_makes_an_uncertain_break_even():
    ratio = Interval(estimate=0.9, low=0.8, high=1.1)
    price = Price(start_s=3.0, step_s=0.009)
    paid = break_even(price, baseline=BASELINE, ratio=ratio)
    assert (paid.low, paid.estimate, paid.high) == (
        pytest.approx(1001),
        pytest.approx(2001),
        inf,
    )
