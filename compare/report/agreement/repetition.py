"""Compare a variant's step with its own repetition, and both with rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from compare.runs.words import Against, Check, Inputs

if TYPE_CHECKING:
    from compare.results.findings import Agreement


def select_repetitions(
    agreement: Agreement, *, dtype: str, against: Against, threads: int | None = None
) -> pd.DataFrame:
    """Return the rows of a step that was repeated in one place, one per tensor.

    The column `allowed` is the tolerance of the tensor at that step: what rounding
    explains. It is NaN if the tensor was not compared with the reference there.
    """
    is_own = (agreement.checks["dtype"] == dtype) & (
        agreement.checks["inputs"] == Inputs.WORKLOAD
    )
    checks = agreement.checks[is_own]
    repeated = checks[
        (checks["check"] == Check.DETERMINISM) & (checks["against"] == against)
    ]
    if threads is not None:
        repeated = repeated[(repeated["threads"] == threads).fillna(value=False)]
    compared = checks[checks["check"] == Check.STEP]
    allowed = compared.set_index(["step", "quantity"])["tolerance"]
    allowed = allowed[~allowed.index.duplicated()]
    keys = list(zip(repeated["step"], repeated["quantity"], strict=True))
    return repeated.assign(allowed=allowed.reindex(keys).to_numpy())


def select_beyond_rounding(repeated: pd.DataFrame) -> pd.DataFrame:
    """Return the tensors that differ by more than another order of sums explains."""
    return repeated[repeated["max_abs_error"] > repeated["allowed"]]


def repeats_within_rounding(agreement: Agreement, *, dtype: str) -> bool:
    """Return whether every repetition of a step differs by rounding at most."""
    checks = agreement.checks
    repeated = checks[checks["check"] == Check.DETERMINISM]
    places = repeated[["against", "threads"]].drop_duplicates()
    return all(
        select_beyond_rounding(
            select_repetitions(
                agreement,
                dtype=dtype,
                against=Against(against),
                threads=None if pd.isna(threads) else int(threads),
            )
        ).empty
        for against, threads in zip(places["against"], places["threads"], strict=True)
    )
