"""Launches on a busy machine are found by the sentinel, whatever their step times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.timing.disturbance import find_disturbance, select_used
from tests.support.requested import requested

ROUNDS = 18
ARMS = [("torch", "eager"), ("tf", "eager"), ("torch", "control")]


def samples(*slowdowns, step_of=lambda launch: 1.0, seed=0):
    """Return samples with one launch per slowdown of the sentinel."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "framework": framework,
            "mode": mode,
            "launch": launch,
            "round": number,
            # Another process takes a few milliseconds at a time.
            "sentinel_ns": 3e5 * (1 + rng.exponential((slowdown - 1) or 0.02)),
            "duration_ns": 1e6 * step_of(launch),
        }
        for launch, slowdown in enumerate(slowdowns)
        for number in range(ROUNDS)
        for framework, mode in ARMS
    ]
    return pd.DataFrame(rows)


def find(frame, *, launches=3):
    return find_disturbance(frame, request=requested(launches=launches))


def test_a_quiet_run_uses_every_launch():
    frame = samples(1, 1, 1)
    found = find(frame)
    assert (found.left_out, found.is_disturbed, found.worst_used) == ({*()}, False, 1)
    assert len(select_used(frame, found)) == len(frame)


def test_a_launch_on_a_busy_machine_is_left_out_once_it_is_repeated():
    frame = samples(1, 2.2, 1, 1)
    found = find(frame)
    assert found.left_out == {1}
    assert found.disturbed[1] == pytest.approx(2.2, rel=0.2)
    assert {*select_used(frame, found)["launch"]} == {0, 2, 3}
    assert not found.is_disturbed


def test_with_too_few_quiet_launches_all_are_used_and_marked():
    frame = samples(1, 2, 1)
    found = find(frame)
    assert found.is_disturbed
    assert found.worst_used == pytest.approx(2, rel=0.2)
    assert len(select_used(frame, found)) == len(frame)


def test_a_machine_that_stays_busy_is_found_without_any_quiet_launch():
    assert find(samples(2, 2.1, 2, 2.2, 2, 2)).is_disturbed


def test_fewer_launches_may_be_requested_than_an_interval_requires():
    assert not find(samples(1, 2), launches=1).is_disturbed


def test_a_framework_that_slows_the_sentinel_in_every_block_is_not_a_disturbance():
    frame = samples(1, 1, 1)
    own_threads = frame["framework"] == "tf"
    frame.loc[own_threads, "sentinel_ns"] *= 3
    assert find(frame).disturbed.empty


def test_samples_without_sentinels_are_never_disturbed():
    frame = samples(2, 2, 2).assign(sentinel_ns=np.nan)
    found = find(frame)
    assert found.slowdowns.empty
    assert not found.is_disturbed


@given(st.lists(st.floats(0.5, 5.0), min_size=4, max_size=4))
def test_step_times_never_decide_which_launches_are_used(times):
    slowdowns = (1, 1, 2.5, 1)
    alone = find(samples(*slowdowns))
    other = find(samples(*slowdowns, step_of=lambda launch: times[launch]))
    assert other.left_out == alone.left_out == {2}
