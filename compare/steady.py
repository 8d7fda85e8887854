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

CHANCE = 0.001  # a run has dozens of sessions; false findings are to be rare in it
LEAST_CHANGE = 0.02  # of the step time; a smaller one is no finding
FEWEST_ROUNDS = 8
PERMUTATIONS = 20_000
LARGE = 200  # rounds, from which Pettitt's limit is good enough


@dataclass(frozen=True, kw_only=True)
class Change:
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


def changes(steps: pd.DataFrame) -> dict[str, Change]:
    """By variant, the largest change among its sessions; most have none.

    Args:
        steps: the log step times (`compare.paired.log_steps`). What a round has in
            common, the machine's own ups and downs, is taken away first; a round that
            lost a block is left out.
    """
    whole = steps.dropna()
    own = whole.to_numpy() - np.median(whole.to_numpy(), axis=1, keepdims=True)
    launches = whole.index.get_level_values("launch").to_numpy()
    numbers = whole.index.get_level_values("round").to_numpy()
    found: dict[str, Change] = {}
    for rows in np.split(np.arange(len(own)), np.flatnonzero(np.diff(launches)) + 1):
        if len(rows) < FEWEST_ROUNDS:
            continue
        for column, at in _change_points(own[rows]).items():
            before, after = own[rows[:at], column], own[rows[at:], column]
            change = expm1(float(np.median(after) - np.median(before)))
            variant = str(steps.columns[column])
            known = found[variant].change if variant in found else LEAST_CHANGE
            if abs(change) >= abs(known):
                launch, number = int(launches[rows[0]]), int(numbers[rows[at]])
                found[variant] = Change(launch=launch, round=number, change=change)
    return found


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
        return float(np.sqrt(np.log(2 / CHANCE) * (count**3 + count**2) / 6))
    rng = np.random.default_rng(0)
    ranks = rng.permuted(np.tile(np.arange(1, count + 1), (PERMUTATIONS, 1)), axis=1)
    return float(np.quantile(np.abs(_excess(ranks.T)).max(axis=0), 1 - CHANCE))
