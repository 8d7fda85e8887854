"""Compare the variants of a round, and summarise the rounds of each launch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compare.stats.estimates import (
    MAX_LISTED_VALUES,
    hodges_lehmann,
    hodges_lehmann_rows,
)

if TYPE_CHECKING:
    from compare.contract import Array


def log_ratios(steps: pd.DataFrame, *, baseline: str) -> pd.DataFrame:
    """Return each round's log ratios to the baseline.

    Args:
        steps: log step times, one row per round and one column per variant.
        baseline: a column. If it is missing, the result is empty.
    """
    if baseline not in steps:
        return pd.DataFrame()
    return steps.sub(steps[baseline], axis=0)


def launch_estimates(rounds: pd.DataFrame) -> pd.DataFrame:
    """Return the Hodges-Lehmann estimate of every launch and column.

    NaN where a launch has no value of a column.

    Args:
        rounds: one row per round, with ``launch`` as a level of the index and the
            rows of a launch together.
    """
    if rounds.empty:
        return pd.DataFrame()
    launches = rounds.index.get_level_values("launch")
    numbers, starts = np.unique(launches, return_index=True)
    parts = np.split(rounds.to_numpy(), starts[1:])
    return pd.DataFrame(
        _estimate_launches(parts), index=numbers, columns=rounds.columns
    )


def _estimate_launches(launches: list[Array]) -> Array:
    """Return the estimates of launches, complete ones together for speed.

    Launches with the same few rounds and no missing value are stacked into one array.
    The others are estimated one by one.

    Shape:
        each launch (rounds, variants) -> (launches, variants).
    """
    found = np.full((len(launches), launches[0].shape[1]), np.nan)
    length = len(launches[0])
    complete = [
        number
        for number, rounds in enumerate(launches)
        if len(rounds) == length <= MAX_LISTED_VALUES and not np.isnan(rounds).any()
    ]
    if complete:
        rows = np.stack([launches[number].T for number in complete])
        together = hodges_lehmann_rows(rows.reshape(-1, length))
        found[complete] = together.reshape(len(complete), -1)
    for number in sorted(set(range(len(launches))) - set(complete)):
        for column, values in enumerate(launches[number].T):
            found[number, column] = hodges_lehmann(values[~np.isnan(values)])
    return found
