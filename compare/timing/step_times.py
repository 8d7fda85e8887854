"""Arrange the valid blocks of ``samples.csv.gz`` by round and variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compare.errors import RunError

if TYPE_CHECKING:
    from compare.contract import Array

ROUND_BITS = 32  # of a round's number, in one integer with the number of its launch


def log_step_times(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the logarithm of the time per step of each block, in ns.

    The table has one row per launch and round, and one column per variant
    ``framework/mode``. Voided blocks are NaN.

    Args:
        samples: of one workload on one device in one dtype.

    Raises:
        RunError: a duration, a number of steps, a launch or a round is invalid.
    """
    is_valid = (samples["void"] == "").to_numpy()
    valid = samples if is_valid.all() else samples[is_valid]
    step = valid["duration_ns"].to_numpy("float64", copy=True, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):  # checked below
        step /= valid["steps"].to_numpy("float64", na_value=np.nan)
    if not (np.isfinite(step) & (step > 0)).all():
        raise RunError(
            "samples.csv.gz: duration_ns and steps: expected numbers above 0; "
            "received some that are not"
        )
    arms = valid.groupby(["framework", "mode"], observed=True, sort=False)
    row, rounds = _number_rounds(valid)
    wide = np.full((len(rounds), arms.ngroups), np.nan)
    wide[row, arms.ngroup()] = np.log(step, out=step)
    columns = ["/".join(name) for name in arms.size().index]
    return pd.DataFrame(wide, index=rounds, columns=columns)


def _require_integers(numbers: pd.Series[int]) -> Array:
    if numbers.isna().any():
        raise RunError(
            f"samples.csv.gz: {numbers.name}: expected a number in every row; received "
            "some without"
        )
    return numbers.to_numpy("int64")


def _number_rounds(samples: pd.DataFrame) -> tuple[Array, pd.MultiIndex]:
    """Return the row of each block's round, and the launch and round of each row."""
    launch = _require_integers(samples["launch"])
    # Grouping by one integer takes a third of the memory of grouping by two columns.
    both = (launch << ROUND_BITS) | _require_integers(samples["round"])
    number, found = pd.factorize(both, sort=True)
    index = pd.MultiIndex.from_arrays(
        [found >> ROUND_BITS, found & ((1 << ROUND_BITS) - 1)],
        names=["launch", "round"],
    )
    return number, index
