"""How far a variant is from itself: identical, a spread, or more than rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.results.findings import DETERMINISM, STEP

if TYPE_CHECKING:
    import pandas as pd

    from compare.results.findings import Agreement

ITSELF, ELSEWHERE = "itself", "another process"


def repetitions(agreement: Agreement, *, dtype: str, against: str) -> pd.DataFrame:
    """The rows of a step taken again in one place, tensor by tensor.

    With `allowed`: what rounding explains of the tensor's error at that step, NaN where
    it was not compared there.
    """
    checks = agreement.checks[agreement.checks["dtype"] == dtype]
    again = checks[(checks["check"] == DETERMINISM) & (checks["against"] == against)]
    compared = checks[checks["check"] == STEP]
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
    places = checks.loc[checks["check"] == DETERMINISM, "against"].unique()
    return all(
        beyond_rounding(repetitions(agreement, dtype=dtype, against=place)).empty
        for place in places
    )
