"""How far a variant is from itself: identical, a spread, or more than rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from compare.runs.words import Against, Check

if TYPE_CHECKING:
    from compare.results.findings import Agreement


def repetitions(
    agreement: Agreement, *, dtype: str, against: Against, threads: int | None = None
) -> pd.DataFrame:
    """Return the rows of a step repeated in one place, tensor by tensor.

    With `allowed`: what rounding explains of the tensor's error at that step, NaN where
    it was not compared there.
    """
    checks = agreement.checks[agreement.checks["dtype"] == dtype]
    again = checks[
        (checks["check"] == Check.DETERMINISM) & (checks["against"] == against)
    ]
    if threads is not None:
        again = again[(again["threads"] == threads).fillna(value=False)]
    compared = checks[checks["check"] == Check.STEP]
    allowed = compared.set_index(["step", "quantity"])["tolerance"]
    allowed = allowed[~allowed.index.duplicated()]
    keys = list(zip(again["step"], again["quantity"], strict=True))
    return again.assign(allowed=allowed.reindex(keys).to_numpy())


def beyond_rounding(again: pd.DataFrame) -> pd.DataFrame:
    """The tensors that changed by more than splitting a sum otherwise explains."""
    return again[again["max_abs_error"] > again["allowed"]]


def repeats_within_rounding(agreement: Agreement, *, dtype: str) -> bool:
    """Whether a step taken again, wherever, differs by rounding at most."""
    checks = agreement.checks
    again = checks[checks["check"] == Check.DETERMINISM]
    places = again[["against", "threads"]].drop_duplicates()
    return all(
        beyond_rounding(
            repetitions(
                agreement,
                dtype=dtype,
                against=Against(against),
                threads=None if pd.isna(threads) else int(threads),
            )
        ).empty
        for against, threads in zip(places["against"], places["threads"], strict=True)
    )
