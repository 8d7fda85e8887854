"""A session that changes its level during a launch is found; a noisy one is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compare.stats import steady_state
from compare.stats.steady_state import describe_unsteady_state

ROUNDS = 18


def steps(*, launches=3, rounds=ROUNDS, noise=0.01, seed=0) -> pd.DataFrame:
    """Return log step times of three variants with common noise in each round."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [range(launches), range(rounds)], names=["launch", "round"]
    )
    common = rng.exponential(0.2, (launches * rounds, 1))
    own = rng.normal(10, noise, (launches * rounds, 3))
    return pd.DataFrame(own + common, index=index, columns=["a/x", "a/y", "b/z"])


def find_unsteady_states(made, *, rounds=ROUNDS):
    return steady_state.find_unsteady_states(made, rounds=rounds)


def test_a_session_that_reaches_another_level_is_named_with_launch_and_round():
    late = steps()
    late.loc[(1, slice(0, 8)), "a/y"] += 0.10
    found = find_unsteady_states(late)
    assert list(found) == ["a/y"]
    state = found["a/y"]
    assert (state.launch, state.round) == (1, 9)
    assert state.relative_change == pytest.approx(-0.095, abs=0.02)
    described = describe_unsteady_state(state)
    assert "from round 10 of launch 2 on, steps took" in described
    assert described.endswith("less")


def test_a_change_common_to_all_variants_is_ignored():
    shared = steps()
    shared.loc[(slice(None), slice(9, 17)), :] += 0.5
    assert find_unsteady_states(shared) == {}


def test_a_change_below_the_minimum_is_ignored():
    slight = steps(noise=0.0005)
    slight.loc[(1, slice(0, 8)), "a/y"] += 0.01
    assert find_unsteady_states(slight) == {}


def test_noise_is_rarely_reported_as_a_change():
    # About 400 sessions at 0.1% each: more than 4 findings are rare
    noisy = [
        find_unsteady_states(steps(launches=10, noise=0.05, seed=s)) for s in range(13)
    ]
    assert sum(map(len, noisy)) <= 4


def test_a_round_with_a_missing_block_is_left_out():
    gap = steps()
    gap.loc[(1, slice(0, 8)), "a/y"] += 0.10
    gap.loc[(1, 3), "b/z"] = np.nan
    assert find_unsteady_states(gap)["a/y"].round == 9


def test_a_variant_that_failed_does_not_hide_the_change_of_another():
    failed = steps()
    failed.loc[(1, slice(0, 8)), "a/y"] += 0.10
    failed.loc[(slice(1, 2), slice(None)), "d"] = np.nan
    failed.loc[(0, slice(None)), "d"] = 10.0
    assert list(find_unsteady_states(failed)) == ["a/y"]


def test_with_two_variants_no_change_is_attributed():
    late = steps()[["a/x", "a/y"]]
    late.loc[(1, slice(0, 8)), "a/y"] += 0.10
    assert find_unsteady_states(late) == {}


def test_a_launch_of_few_rounds_is_not_tested():
    few = steps(rounds=6)
    few.loc[(1, slice(0, 2)), "a/y"] += 0.5
    assert find_unsteady_states(few) == {}


def test_parts_of_a_launch_are_tested_separately_because_their_processes_differ():
    parts = steps(rounds=2 * ROUNDS)
    parts.loc[(0, slice(ROUNDS, None)), "a/y"] += 0.10  # the process of the second part
    assert find_unsteady_states(parts) == {}
    assert list(find_unsteady_states(parts, rounds=2 * ROUNDS)) == ["a/y"]
    parts.loc[(1, slice(ROUNDS, ROUNDS + 8)), "a/x"] += 0.10  # within a part
    state = find_unsteady_states(parts)["a/x"]
    assert (state.launch, state.round) == (1, ROUNDS + 9)
