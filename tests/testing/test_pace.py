"""Verdicts on the time of a function."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare.errors import UsageError
from compare.stats.estimates import Interval, ratio_interval
from compare.testing.pace import MAX_LOOKS, Pace, compare_pace, judge_pace, read_share

STEADY = Interval(estimate=1.0, low=0.99, high=1.01)


@pytest.mark.parametrize(
    ("text", "share"),
    [("2%", 0.02), ("0.5 %", 0.005), (0.1, 0.1), ("0.1", 0.1), (0, 0)],
)
def test_a_limit_is_a_percentage_or_a_share(text, share):
    assert read_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["much", "-1%", "%", "nan", "inf%", ""])
def test_a_limit_that_is_no_share_is_refused(text):
    with pytest.raises(UsageError, match="expected a share such as"):
        read_share(text)


def test_an_interval_below_the_limit_is_not_slower():
    ratio = Interval(estimate=1.0, low=0.99, high=1.019)
    assert judge_pace(ratio, control=STEADY, limit=1.02) is Pace.NOT_SLOWER


def test_an_interval_above_the_limit_is_slower():
    ratio = Interval(estimate=1.05, low=1.021, high=1.08)
    assert judge_pace(ratio, control=STEADY, limit=1.02) is Pace.SLOWER


def test_an_interval_that_contains_the_limit_gives_no_verdict():
    ratio = Interval(estimate=1.05, low=0.98, high=1.08)
    assert judge_pace(ratio, control=STEADY, limit=1.02) is Pace.CANNOT_TELL


def test_a_control_that_differs_from_itself_gives_no_verdict():
    ratio = Interval(estimate=1.5, low=1.4, high=1.6)
    control = Interval(estimate=1.1, low=1.05, high=1.2)
    assert judge_pace(ratio, control=control, limit=1.02) is Pace.CANNOT_TELL


def test_an_unknown_interval_gives_no_verdict():
    assert judge_pace(Interval(), control=STEADY, limit=1.02) is Pace.CANNOT_TELL


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), noise=st.floats(0.001, 0.1))
def test_repeated_looks_rarely_call_equal_functions_slower(seed, noise):
    # 100 experiments of five looks each; the limit is the true ratio.
    rng, wrong = np.random.default_rng(seed), 0
    for _ in range(100):
        groups = noise * rng.standard_normal((5 * 2 ** (MAX_LOOKS - 1), 2))
        wrong += any(
            judge_pace(
                ratio_interval(groups[: 5 * 2**look, 0], alpha=0.05 / MAX_LOOKS),
                control=STEADY,
                limit=1.0,
            )
            is not Pace.CANNOT_TELL
            for look in range(MAX_LOOKS)
        )
    assert wrong <= 17  # expected: at most 5; more has a probability of 1e-5


def test_much_more_work_is_never_called_not_slower():
    array = np.ones((60, 60))

    def much(x):
        for _ in range(40):
            x = x @ array
        return x

    found = compare_pace(much, lambda x: x @ array, array, budget_s=2)
    assert found.verdict is not Pace.NOT_SLOWER
    assert found.ratio.estimate > 2 or not found.groups  # a busy machine


def test_a_measurement_ends_when_its_time_is_over():
    found = compare_pace(lambda: time.sleep(0.02), lambda: time.sleep(0.02), budget_s=0)
    assert found.verdict is Pace.CANNOT_TELL
    assert found.reason


def test_several_calls_are_refused():
    with pytest.raises(UsageError, match="expected those of one call; received 2"):
        compare_pace(np.sin, np.sin, [1.0, 2.0])
