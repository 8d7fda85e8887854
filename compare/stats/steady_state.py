"""Was the steady state reached? A change-point test of every session's blocks.

Warm-up is meant to end before the first timed block. Where a session's steps settle on
another time half-way through its launch, it did not, and its figures mix two states.

Source: Barrett et al., "Virtual machine warmup blows hot and cold" (2017), for the
question; Pettitt, "A non-parametric approach to the change-point problem" (1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import expm1
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from compare.contract import Array

FALSE_POSITIVE_RATE = 0.001  # a run has dozens of sessions; false findings are to be rare in it
MIN_CHANGE = 0.02  # of the step time; a smaller one is no finding
MIN_ROUNDS, MIN_VARIANTS = 8, 3
MIN_SHARE = 0.75  # of its blocks that a session needs to be looked at
PERMUTATIONS = 20_000
LARGE = 200  # rounds, from which Pettitt's limit is good enough


@dataclass(frozen=True, kw_only=True)
class UnsteadyState:
    """From which round on a session's steps took another time."""

    launch: int
    round: int
    change: float  # of the step time, e.g. -0.06

    @property
    def said(self) -> str:
        """The finding in words."""
        less = "less" if self.change < 0 else "more"
        return (
            f"no steady state reached: from round {self.round + 1} of launch "
            f"{self.launch + 1} on, steps took {abs(self.change):.0%} {less}"
        )


def find_unsteady_states(steps: pd.DataFrame) -> dict[str, UnsteadyState]:
    """By variant, the largest change among its sessions; most have none.

    Args:
        steps: the log step times (see `paired.log_steps`). What a round has in
            common, the machine's own ups and downs, is taken away first; between two
            variants nobody could tell whose change it is.
    """
    found: dict[str, UnsteadyState] = {}
    launches = steps.index.get_level_values("launch").to_numpy()
    for rows in np.split(np.arange(len(steps)), np.flatnonzero(np.diff(launches)) + 1):
        sessions = _whole(steps.iloc[rows])
        if len(sessions) < MIN_ROUNDS or sessions.shape[1] < MIN_VARIANTS:
            continue
        values = sessions.to_numpy()
        own = values - np.median(values, axis=1, keepdims=True)
        for column, at in _change_points(own).items():
            before, after = own[:at, column], own[at:, column]
            change = expm1(float(np.median(after) - np.median(before)))
            variant = str(sessions.columns[column])
            known = found[variant].change if variant in found else MIN_CHANGE
            if abs(change) >= abs(known):
                launch, number = sessions.index[at]
                found[variant] = UnsteadyState(launch=launch, round=number, change=change)
    return found


def _whole(launch: pd.DataFrame) -> pd.DataFrame:
    """The rounds that every session has which ran through the launch."""
    ran = launch.notna().mean() > MIN_SHARE
    return launch.loc[:, ran].dropna()


def _change_points(rounds: Array) -> dict[int, int]:
    """The columns with a change point, and how many rounds lie before it.

    Shape: (rounds, variants).
    """
    count = len(rounds)
    ranks = rounds.argsort(axis=0).argsort(axis=0) + 1
    excess = np.abs(_excess(ranks))
    rare = excess.max(axis=0) > _rare(count)
    return {int(c): int(excess[:, c].argmax()) + 1 for c in np.flatnonzero(rare)}


def _excess(ranks: Array) -> Array:
    """Pettitt's statistic at every place, along the first axis."""
    count = len(ranks)
    before = np.arange(1, count).reshape(-1, *[1] * (ranks.ndim - 1))
    return 2 * np.cumsum(ranks, axis=0)[:-1] - before * (count + 1)


@cache
def _rare(count: int) -> float:
    """What Pettitt's statistic exceeds by chance in one session of a thousand."""
    if count > LARGE:
        return float(np.sqrt(np.log(2 / FALSE_POSITIVE_RATE) * (count**3 + count**2) / 6))
    rng = np.random.default_rng(0)
    ranks = rng.permuted(np.tile(np.arange(1, count + 1), (PERMUTATIONS, 1)), axis=1)
    return float(np.quantile(np.abs(_excess(ranks.T)).max(axis=0), 1 - FALSE_POSITIVE_RATE))
