"""A session that settles half-way is found, and one that is merely noisy is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compare.stats.steady_state import find_unsteady_states


def steps(*, launches=3, rounds=18, noise=0.01, seed=0) -> pd.DataFrame:
    """Log step times of three variants, rounds and launches with ups and downs."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [range(launches), range(rounds)], names=["launch", "round"]
    )
    weather = rng.exponential(0.2, (launches * rounds, 1))
    own = rng.normal(10, noise, (launches * rounds, 3))
    return pd.DataFrame(own + weather, index=index, columns=["a/x", "a/y", "b/z"])


def test_a_session_that_settles_late_is_named_with_its_launch_and_round():
    late = steps()
    late.loc[(1, slice(0, 8)), "a/y"] += 0.10
    found = find_unsteady_states(late)
    assert list(found) == ["a/y"]
    change = found["a/y"]
    assert (change.launch, change.round) == (1, 9)
    assert change.change == pytest.approx(-0.095, abs=0.02)
    assert "from round 10 of launch 2 on, steps took" in change.said


def test_the_machine_s_own_ups_and_downs_are_no_change():
    shared = steps()
    shared.loc[(slice(None), slice(9, 17)), :] += 0.5
    assert find_unsteady_states(shared) == {}


def test_a_change_too_small_to_matter_is_no_finding():
    slight = steps(noise=0.0005)
    slight.loc[(1, slice(0, 8)), "a/y"] += 0.01
    assert find_unsteady_states(slight) == {}


def test_noise_alone_is_rarely_taken_for_a_change():
    # 400 sessions, each with one chance in a thousand: more than 4 has one in 200
    noisy = [
        find_unsteady_states(steps(launches=10, noise=0.05, seed=s)) for s in range(13)
    ]
    assert sum(map(len, noisy)) <= 4


def test_a_round_that_lost_a_block_is_left_out():
    torn = steps()
    torn.loc[(1, slice(0, 8)), "a/y"] += 0.10
    torn.loc[(1, 3), "b/z"] = np.nan
    assert find_unsteady_states(torn)["a/y"].round == 9


def test_a_variant_that_failed_hides_nobody_else_s_change():
    dead = steps()
    dead.loc[(1, slice(0, 8)), "a/y"] += 0.10
    dead.loc[(slice(1, 2), slice(None)), "d"] = np.nan
    dead.loc[(0, slice(None)), "d"] = 10.0
    assert list(find_unsteady_states(dead)) == ["a/y"]


def test_between_two_variants_nobody_can_tell_whose_change_it_is():
    late = steps()[["a/x", "a/y"]]
    late.loc[(1, slice(0, 8)), "a/y"] += 0.10
    assert find_unsteady_states(late) == {}


def test_a_launch_of_few_rounds_says_nothing():
    few = steps(rounds=6)
    few.loc[(1, slice(0, 2)), "a/y"] += 0.5
    assert find_unsteady_states(few) == {}
