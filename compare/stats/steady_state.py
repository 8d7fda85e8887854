"""Test whether a session reached a steady state, by a change-point test of its blocks.

Warm-up should end before the first timed block. If the step time of a session changes
to another level during a launch, it did not, and the figures mix two states.

Source: Barrett et al., "Virtual machine warmup blows hot and cold" (2017), for the
question; Pettitt, "A non-parametric approach to the change-point problem" (1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import expm1, isnan
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from compare.contract import Array

# Per session. A run has dozens of sessions, and false positives should be rare in it.
FALSE_POSITIVE_RATE = 0.001
MIN_CHANGE = 0.02  # of the step time; a smaller change is ignored
MIN_ROUNDS, MIN_VARIANTS = 8, 3
MIN_SHARE = 0.75  # of its rounds that a session must have to be tested
PERMUTATIONS = 20_000
LARGE = 200  # rounds, above which Pettitt's asymptotic limit is accurate enough


@dataclass(frozen=True, kw_only=True)
class UnsteadyState:
    """A session whose step time changed to another level during its launch."""

    launch: int  # counted from 0
    round: int  # the first at the new level, counted from 0
    relative_change: float  # of the step time, for example -0.06


def describe_unsteady_state(state: UnsteadyState) -> str:
    """Return the sentence that a table prints for a session without steady state."""
    change = state.relative_change
    less = "less" if change < 0 else "more"
    size = "another time" if isnan(change) else f"{abs(change):.0%} {less}"
    return (
        f"no steady state reached: from round {state.round + 1} of launch "
        f"{state.launch + 1} on, steps took {size}"
    )


def find_unsteady_states(
    steps: pd.DataFrame, *, rounds: int
) -> dict[str, UnsteadyState]:
    """Return the variants without a steady state, each with its largest change.

    Args:
        steps: log step times, one row per round with ``launch`` as a level of the
            index, one column per variant. The median of each round is subtracted
            first, because changes of the machine affect all variants. It takes three
            variants: of two, the median would not show which one changed.
        rounds: how many a session has. A launch of several parts has as many in each,
            with other processes.
    """
    found: dict[str, UnsteadyState] = {}
    launches, numbers = (steps.index.get_level_values(n) for n in ("launch", "round"))
    is_first = np.diff(launches) | np.diff(numbers // rounds)
    for rows in np.split(np.arange(len(steps)), np.flatnonzero(is_first) + 1):
        sessions = _select_complete(steps.iloc[rows])
        if len(sessions) < MIN_ROUNDS or sessions.shape[1] < MIN_VARIANTS:
            continue
        values = sessions.to_numpy()
        own = values - np.median(values, axis=1, keepdims=True)
        for column, at in _find_change_points(own).items():
            before, after = own[:at, column], own[at:, column]
            change = expm1(float(np.median(after) - np.median(before)))
            variant = str(sessions.columns[column])
            largest = found[variant].relative_change if variant in found else MIN_CHANGE
            if abs(change) >= abs(largest):
                launch, number = sessions.index[at]
                found[variant] = UnsteadyState(
                    launch=launch, round=number, relative_change=change
                )
    return found


def _select_complete(launch: pd.DataFrame) -> pd.DataFrame:
    """Return the rounds without gaps of the sessions that ran through the launch."""
    ran = launch.notna().mean() > MIN_SHARE
    return launch.loc[:, ran].dropna()


def _find_change_points(rounds: Array) -> dict[int, int]:
    """Return the columns with a change point, and the number of rounds before it.

    Shape:
        (rounds, variants).
    """
    count = len(rounds)
    ranks = rounds.argsort(axis=0).argsort(axis=0) + 1
    statistic = np.abs(_pettitt_statistic(ranks))
    is_changed = statistic.max(axis=0) > _critical_value(count)
    return {
        int(column): int(statistic[:, column].argmax()) + 1
        for column in np.flatnonzero(is_changed)
    }


def _pettitt_statistic(ranks: Array) -> Array:
    """Return Pettitt's statistic at every possible change point, along the first axis.

    Shape:
        (rounds, ...) -> (rounds - 1, ...).
    """
    count = len(ranks)
    before = np.arange(1, count).reshape(-1, *[1] * (ranks.ndim - 1))
    return 2 * np.cumsum(ranks, axis=0)[:-1] - before * (count + 1)


@cache
def _critical_value(count: int) -> float:
    """Return the value that Pettitt's statistic exceeds by chance in 0.1% of sessions.

    For up to `LARGE` rounds it is estimated from random permutations of the ranks.
    """
    if count > LARGE:
        return float(
            np.sqrt(np.log(2 / FALSE_POSITIVE_RATE) * (count**3 + count**2) / 6)
        )
    rng = np.random.default_rng(0)
    ranks = rng.permuted(np.tile(np.arange(1, count + 1), (PERMUTATIONS, 1)), axis=1)
    largest = np.abs(_pettitt_statistic(ranks.T)).max(axis=0)
    return float(np.quantile(largest, 1 - FALSE_POSITIVE_RATE))
