"""The blocks of a round beside each other, and what each launch says of a variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compare.errors import RunError
from compare.stats.estimates import MAX_LISTED_VALUES, hodges_lehmann, hodges_lehmann_rows

if TYPE_CHECKING:
    from compare.contract import Array


BITS = 32  # of a round's number


def log_step_times(samples: pd.DataFrame) -> pd.DataFrame:
    """The log of each block's time a step, in ns; a round a row, a variant a column.

    What was voided is absent.

    Args:
        samples: of one workload on one device in one dtype.

    Raises:
        RunError: a duration or a number of steps that cannot be.
    """
    counts = (samples["void"] == "").to_numpy()
    valid = samples if counts.all() else samples[counts]
    step = valid["duration_ns"].to_numpy("float64", copy=True, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):  # told below
        step /= valid["steps"].to_numpy("float64", na_value=np.nan)
    if not (np.isfinite(step) & (step > 0)).all():
        raise RunError(
            "samples.csv.gz: duration_ns and steps: expected numbers above 0; "
            "received some that are not"
        )
    arms = valid.groupby(["framework", "mode"], observed=True, sort=False)
    row, rounds = _rounds(valid)
    wide = np.full((len(rounds), arms.ngroups), np.nan)
    wide[row, arms.ngroup()] = np.log(step, out=step)
    columns = ["/".join(name) for name in arms.size().index]
    return pd.DataFrame(wide, index=rounds, columns=columns)


def _whole(numbers: pd.Series[int]) -> Array:
    if numbers.isna().any():
        raise RunError(
            f"samples.csv.gz: {numbers.name}: expected a number in every row; received "
            "some without"
        )
    return numbers.to_numpy("int64")


def _rounds(samples: pd.DataFrame) -> tuple[Array, pd.MultiIndex]:
    """Each block's round by its number, and what launch and round that is."""
    launch = _whole(samples["launch"])
    # One number for both takes a third of the memory that grouping by two would.
    both = (launch << BITS) | _whole(samples["round"])
    number, found = pd.factorize(both, sort=True)
    index = pd.MultiIndex.from_arrays(
        [found >> BITS, found & ((1 << BITS) - 1)], names=["launch", "round"]
    )
    return number, index


def log_ratios(steps: pd.DataFrame, *, baseline: str) -> pd.DataFrame:
    """Each round's log ratios to the baseline; empty without one."""
    if baseline not in steps:
        return pd.DataFrame()
    return steps.sub(steps[baseline], axis=0)


def launch_estimates(rounds: pd.DataFrame) -> pd.DataFrame:
    """The Hodges-Lehmann estimate of every launch and column; NaN where no round is."""
    if rounds.empty:
        return pd.DataFrame()
    launches = rounds.index.get_level_values("launch")
    numbers, starts = np.unique(launches, return_index=True)
    parts = np.split(rounds.to_numpy(), starts[1:])
    return pd.DataFrame(_estimates(parts), index=numbers, columns=rounds.columns)


def _estimates(launches: list[Array]) -> Array:
    """Launches alike and whole are worked out together, all others one by one.

    Shape: of each launch, (rounds, variants) -> (launches, variants).
    """
    found = np.full((len(launches), launches[0].shape[1]), np.nan)
    alike = len(launches[0])
    whole = [
        number
        for number, rounds in enumerate(launches)
        if len(rounds) == alike <= MAX_LISTED_VALUES and not np.isnan(rounds).any()
    ]
    if whole:
        rows = np.stack([launches[number].T for number in whole])
        together = hodges_lehmann_rows(rows.reshape(-1, alike))
        found[whole] = together.reshape(len(whole), -1)
    for number in sorted(set(range(len(launches))) - set(whole)):
        for column, values in enumerate(launches[number].T):
            found[number, column] = hodges_lehmann(values[~np.isnan(values)])
    return found
