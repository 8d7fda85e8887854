"""Does a variant repeat itself: in its process, in another, with other threads?"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from compare.render.format import DASH, significant
from compare.render.table import Field, Table, Value, tabulate
from compare.report.agreement.repetition import beyond_rounding, repetitions
from compare.runs.words import Against, Check, NoteKind
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.results.cells import CellGroup, CellResult
    from compare.runs.folder import Run

MEANING = (
    "Each variant's first step, taken again from the same state. Identical: the same "
    "bits. A spread means that sums were split differently from one time to the next, "
    "so that rounding falls differently; it is not a disagreement. Its figure is the "
    "largest difference of any tensor, relative to that tensor's largest magnitude. No "
    "rounding: a difference beyond the tensor's tolerance, which no split explains."
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a step was taken again."""

    against: Against
    title: str
    threads: int  # of the repetition
    column: int | None = None  # the same, where the table stores it


ONE_PROCESS = Place(against=Against.ITSELF, title="in one process", threads=0)


def determinism(comparison: CellGroup, *, run: Run) -> Table:
    """One row a variant, one column a place where its first step was taken again."""
    places = _places(run)
    return tabulate(
        f"{comparison.heading}: does the first step repeat?",
        fields=(
            Field(title="variant", show=lambda x: x.variant, kind="word"),
            *(_field(place, dtype=comparison.dtype) for place in places),
            _proof(comparison.dtype),
        ),
        items=comparison.lines,
        note=_unknown(comparison, run=run, places=places),
    )


def _places(run: Run) -> tuple[Place, ...]:
    """Return one process, another process, then every other number of threads."""
    own = run.record.request.threads
    rows = run.agreement[run.agreement["check"] == Check.DETERMINISM]
    tried = sorted(set(rows["threads"].dropna()), reverse=True)
    return (
        Place(against=Against.ITSELF, title="in one process", threads=own),
        Place(against=Against.ANOTHER_PROCESS, title="in another process", threads=own),
        *(place for threads in tried for place in _with_threads(int(threads), own=own)),
    )


def _with_threads(threads: int, *, own: int) -> tuple[Place, Place]:
    counted_threads = format_count(threads, "thread")
    return (
        Place(
            against=Against.ITSELF_WITH_THREADS,
            title=f"with {counted_threads}, twice",
            threads=threads,
            column=threads,
        ),
        Place(
            against=Against.OTHER_THREADS,
            title=f"{counted_threads} against {own}",
            threads=threads,
            column=threads,
        ),
    )


def _field(place: Place, *, dtype: str) -> Field[CellResult]:
    return Field(
        title=place.title,
        show=lambda line: _repeated(_rows(line, place, dtype=dtype)),
        kind="word",
    )


def _proof(dtype: str) -> Field[CellResult]:
    """What was checked in another dtype as well repeats in one process only."""

    def show(line: CellResult) -> Value | str:
        checks = line.agreement.checks if line.agreement else pd.DataFrame()
        others = [d for d in checks.get("dtype", ()) if d != dtype]
        return _repeated(_rows(line, ONE_PROCESS, dtype=others[0])) if others else DASH

    return Field(title="in float64", show=show, kind="word", optional=True)


def _repeated(again: pd.DataFrame) -> Value | str:
    if again.empty:
        return DASH
    differing = again[again["max_abs_error"] != 0]
    if differing.empty:
        return Value(text="identical", tone="good")
    beyond = beyond_rounding(differing)
    if not differing["max_abs_error"].map(isfinite).all():
        return Value(text="a number or nan", tone="bad")
    spread = significant(float(differing["max_rel_error"].max()))
    if len(beyond):
        return Value(text=f"{spread}: no rounding", tone="bad")
    return Value(text=f"spread {spread}", tone="worse")


def _rows(line: CellResult, place: Place, *, dtype: str) -> pd.DataFrame:
    if line.agreement is None:
        return pd.DataFrame()
    return repetitions(
        line.agreement, dtype=dtype, against=place.against, threads=place.column
    )


def _unknown(comparison: CellGroup, *, run: Run, places: Sequence[Place]) -> str:
    """Why there are dashes, as far as the run says."""
    reasons = list(_reasons(comparison, run=run, places=places))
    if all(place.column is None for place in places):
        reasons.append(_no_other_threads(run))
    said = "; ".join(dict.fromkeys(reasons))
    return f"Not known: {said}." if said else ""


def _reasons(
    comparison: CellGroup, *, run: Run, places: Sequence[Place]
) -> Iterator[str]:
    for place in places:
        unknown = [
            line
            for line in comparison.lines
            if _rows(line, place, dtype=comparison.dtype).empty
        ]
        for line in unknown:
            yield _reason(line, run=run, place=place)


def _reason(line: CellResult, *, run: Run, place: Place) -> str:
    if line.is_missing:
        return "what did not run (its reason stands with the verdicts)"
    if line.agreement is None:
        return f"{line.variant}, which was not checked"
    why = next(
        (
            note.reason.splitlines()[0]
            for note in run.record.notes
            if note.kind is NoteKind.NOT_REPEATED
            and (note.framework, note.device, note.threads)
            == (line.cell.framework, line.cell.device, place.threads)
        ),
        "not tried",
    )
    return f"{line.cell.framework}/* {place.title}: {why}"


def _no_other_threads(run: Run) -> str:
    usable = run.record.environment.get("processors usable", "unknown")
    return f"any other number of threads, not tried (processors usable: {usable})"
