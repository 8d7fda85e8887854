"""What counts as changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.bisect.criteria import judge_speed, needed_precision
from compare.bisect.search import VersionOutcome
from compare.stats.estimates import Interval, ratio_interval


@pytest.mark.parametrize(
    ("low", "high", "goal", "outcome"),
    [
        (1.001, 1.03, 1.0, VersionOutcome.CHANGED),
        (0.99, 1.03, 1.0, VersionOutcome.CANNOT_TELL),
        (0.99, 1.005, 1.0, VersionOutcome.UNCHANGED),
        (0.90, 0.95, 1.0, VersionOutcome.UNCHANGED),
        (1.06, 1.12, 1.1, VersionOutcome.CHANGED),
        (0.99, 1.04, 1.1, VersionOutcome.UNCHANGED),
        (1.02, 1.08, 1.1, VersionOutcome.CANNOT_TELL),
        (float("nan"), float("nan"), 1.1, VersionOutcome.CANNOT_TELL),
    ],
)
def test_a_ratio_is_changed_if_it_is_nearer_to_the_goal_than_to_one(
    low, high, goal, outcome
):
    ratio = Interval(estimate=(low + high) / 2, low=low, high=high)
    assert judge_speed(ratio, goal=goal).outcome is outcome


@given(
    goal=st.floats(1.005, 2.0),
    is_changed=st.booleans(),
    precision=st.floats(0.0, 1.0),
)
def test_the_needed_precision_decides_between_one_and_the_goal(
    goal, is_changed, precision
):
    true = goal if is_changed else 1.0
    half = precision * needed_precision(goal)
    ratio = Interval(estimate=true, low=true / (1 + half), high=true * (1 + half))
    outcome = judge_speed(ratio, goal=goal).outcome
    assert outcome is (
        VersionOutcome.CHANGED if is_changed else VersionOutcome.UNCHANGED
    )


def test_noise_is_rarely_taken_for_a_change():
    rng = np.random.default_rng(0)
    runs = rng.normal(0.0, 0.02, size=(400, 8))
    outcomes = [judge_speed(ratio_interval(run), goal=1.0).outcome for run in runs]
    # One side of a 95% interval: 2.5%, and 3.5 standard deviations of 400 trials.
    assert outcomes.count(VersionOutcome.CHANGED) <= 400 * 0.025 + 3.5 * 3.1
