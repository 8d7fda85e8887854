"""Compare a variant's step with its own repetition, and both with rounding."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from compare.runs.words import Check

if TYPE_CHECKING:
    import pandas as pd

    from compare.results.findings import Agreement
    from compare.runs.words import Against


def select_repetitions(
    agreement: Agreement, *, dtype: str, against: Against, threads: int | None = None
) -> pd.DataFrame:
    """Return a step that was repeated in one place, one row per tensor.

    It has the columns `REPEATED` and `allowed`, the tolerance of the tensor at that
    step: what rounding explains. It is NaN if the tensor was not compared with the
    reference there, or if no repetition differs.
    """
    repeated = _select_place(agreement, dtype, against=against, threads=threads)
    return _add_allowed(repeated, agreement.compared(dtype))


def has_repetitions(
    agreement: Agreement, *, dtype: str, against: Against, threads: int | None = None
) -> bool:
    """Return whether a step was repeated in one place."""
    return len(_select_place(agreement, dtype, against=against, threads=threads)) > 0


def _select_place(
    agreement: Agreement, dtype: str, *, against: Against, threads: int | None
) -> pd.DataFrame:
    repeated = agreement.repetitions(dtype)
    is_there = (repeated["against"] == against).to_numpy()
    if threads is not None:
        is_there = is_there & (repeated["threads"] == threads).eq(other=True).to_numpy()
    return repeated[is_there]


def _add_allowed(repeated: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Return repetitions with `allowed`, which is needed only where they differ."""
    if (repeated["max_abs_error"] == 0).all():
        return repeated.assign(allowed=nan)
    compared = compared[compared["check"] == Check.STEP]
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
    is_repetition = (checks["check"] == Check.DETERMINISM) & (checks["dtype"] == dtype)
    if (checks["max_abs_error"][is_repetition] == 0).all():
        return True
    repeated = _add_allowed(agreement.repetitions(dtype), agreement.compared(dtype))
    return select_beyond_rounding(repeated).empty
