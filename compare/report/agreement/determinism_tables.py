"""The table of determinism: repetitions in one process, another, and other threads."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from compare.render.format import DASH, format_number
from compare.render.table import Field, Table, Value, tabulate
from compare.report.agreement.repetition import (
    has_repetitions,
    select_beyond_rounding,
    select_repetitions,
)
from compare.runs.words import Against, Check, NoteKind
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run

EXPLANATION = (
    "Each variant repeats its first step from the same state. Identical: the same "
    "bits. Spread: the largest difference of any tensor, relative to its largest "
    "magnitude. It arises where sums are computed in another order, so that rounding "
    "errors differ; it is not a disagreement. Beyond rounding: the difference exceeds "
    "the tolerance of the tensor, which no order of sums explains."
)
NOT_TRIED = "not tried"


@dataclass(frozen=True, kw_only=True)
class RepeatColumn:
    """Where a step was repeated: a column of the table."""

    against: Against
    title: str
    threads: int  # of the repetition
    column: int | None = None  # value of the column `threads` of agreement.csv


ONE_PROCESS = RepeatColumn(against=Against.ITSELF, title="in one process", threads=0)


def tabulate_determinism(group: CellGroup, *, run: Run) -> Table:
    """Return one row per variant and one column per place of repetition."""
    places = _list_places(run)
    return tabulate(
        f"{group.heading}: determinism of the first step",
        fields=(
            Field(title="variant", show=lambda x: x.variant, kind="word"),
            *(_build_field(place, dtype=group.dtype) for place in places),
            _build_proof_field(group.dtype),
        ),
        items=group.lines,
        note=_explain_missing(group, run=run, places=places),
    )


def _list_places(run: Run) -> tuple[RepeatColumn, ...]:
    """Return one process, another process, then every other number of threads."""
    own = run.record.request.threads
    rows = run.agreement[run.agreement["check"] == Check.DETERMINISM]
    tried = sorted(set(rows["threads"].dropna()), reverse=True)
    return (
        RepeatColumn(against=Against.ITSELF, title="in one process", threads=own),
        RepeatColumn(
            against=Against.ANOTHER_PROCESS, title="in another process", threads=own
        ),
        *(place for threads in tried for place in _with_threads(int(threads), own=own)),
    )


def _with_threads(threads: int, *, own: int) -> tuple[RepeatColumn, RepeatColumn]:
    counted_threads = format_count(threads, "thread")
    return (
        RepeatColumn(
            against=Against.ITSELF_WITH_THREADS,
            title=f"with {counted_threads}, twice",
            threads=threads,
            column=threads,
        ),
        RepeatColumn(
            against=Against.OTHER_THREADS,
            title=f"{counted_threads} against {own}",
            threads=threads,
            column=threads,
        ),
    )


def _build_field(place: RepeatColumn, *, dtype: str) -> Field[CellResult]:
    return Field(
        title=place.title,
        show=lambda line: _show_repetition(_select_rows(line, place, dtype=dtype)),
        kind="word",
    )


def _build_proof_field(dtype: str) -> Field[CellResult]:
    """Return the column of the float64 check, repeated in one process only."""

    def show(line: CellResult) -> Value | str:
        checks = line.agreement.checks if line.agreement else pd.DataFrame()
        others = [d for d in checks.get("dtype", ()) if d != dtype]
        if not others:
            return DASH
        return _show_repetition(_select_rows(line, ONE_PROCESS, dtype=others[0]))

    return Field(title="in float64", show=show, kind="word", optional=True)


def _show_repetition(repeated: pd.DataFrame) -> Value | str:
    if repeated.empty:
        return DASH
    differing = repeated[repeated["max_abs_error"] != 0]
    if differing.empty:
        return Value(text="identical", tone="good")
    if not differing["max_abs_error"].map(isfinite).all():
        return Value(text="not always finite", tone="bad")
    spread = format_number(float(differing["max_rel_error"].max()))
    if len(select_beyond_rounding(differing)):
        return Value(text=f"{spread}: beyond rounding", tone="bad")
    return Value(text=f"spread {spread}", tone="worse")


def _select_rows(line: CellResult, place: RepeatColumn, *, dtype: str) -> pd.DataFrame:
    if line.agreement is None:
        return pd.DataFrame()
    return select_repetitions(
        line.agreement, dtype=dtype, against=place.against, threads=place.column
    )


def _is_repeated(line: CellResult, place: RepeatColumn, *, dtype: str) -> bool:
    return line.agreement is not None and has_repetitions(
        line.agreement, dtype=dtype, against=place.against, threads=place.column
    )


def _explain_missing(
    group: CellGroup, *, run: Run, places: Sequence[RepeatColumn]
) -> str:
    """Return why some repetitions are missing; empty if none is."""
    reasons = list(_list_reasons(group, run=run, places=places))
    if all(place.column is None for place in places):
        reasons.append(_explain_threads(run))
    joined = "; ".join(dict.fromkeys(reasons))
    return f"Unknown: {joined}." if joined else ""


def _list_reasons(
    group: CellGroup, *, run: Run, places: Sequence[RepeatColumn]
) -> Iterator[str]:
    for place in places:
        for line in group.lines:
            if not _is_repeated(line, place, dtype=group.dtype):
                yield _find_reason(line, run=run, place=place)


def _find_reason(line: CellResult, *, run: Run, place: RepeatColumn) -> str:
    if line.is_missing:
        return "cells that did not run (the verdicts list the reasons)"
    if line.agreement is None:
        return f"{line.variant}, which was not checked"
    reason = next(
        (
            note.reason.splitlines()[0]
            for note in run.record.notes
            if note.kind is NoteKind.NOT_REPEATED
            and (note.framework, note.device, note.threads)
            == (line.cell.framework, line.cell.device, place.threads)
        ),
        NOT_TRIED,
    )
    return f"{line.cell.framework}/* {place.title}: {reason}"


def _explain_threads(run: Run) -> str:
    usable = run.record.environment.get("processors usable", "unknown")
    return f"other numbers of threads, {NOT_TRIED} (processors usable: {usable})"
