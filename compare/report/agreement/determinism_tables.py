"""Does a variant repeat itself: in its process, in another, with other threads?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from compare.render.format import DASH, significant
from compare.render.table import Field, Table, Value, tabulate
from compare.report.agreement.repetition import (
    ELSEWHERE,
    ITSELF,
    beyond_rounding,
    repetitions,
)
from compare.results.findings import DETERMINISM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.results.cells import Comparison, Line
    from compare.runs.results import Run

MEANING = (
    "Each variant's first step, taken again from the same state. Identical: the same "
    "bits. A spread means that sums were split differently from one time to the next, "
    "so that rounding falls differently; it is not a disagreement. Its figure is the "
    "largest difference of any tensor, relative to that tensor's largest magnitude. No "
    "rounding: a difference beyond the tensor's tolerance, which no split explains."
)
# What a step is compared with, as in agreement.csv.
WITH_THREADS = re.compile(r"itself with (\d+) threads")
FOR_THREADS = re.compile(r"(\d+) threads for (\d+)")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a step was taken again."""

    against: str  # as in agreement.csv
    title: str
    threads: int


def determinism(comparison: Comparison, *, run: Run) -> Table:
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
    """In the process itself and in another; then every other number of threads."""
    mine = run.record.request.threads
    rows = run.agreement[run.agreement["check"] == DETERMINISM]
    tried = sorted(set(rows["against"]) - {ITSELF, ELSEWHERE})
    return (
        Place(against=ITSELF, title="in one process", threads=mine),
        Place(against=ELSEWHERE, title="in another process", threads=mine),
        *(_with_threads(against) for against in reversed(tried)),
    )


def _with_threads(against: str) -> Place:
    if found := WITH_THREADS.fullmatch(against):
        title = f"with {_threads(found[1])}, twice"
        return Place(against=against, title=title, threads=int(found[1]))
    if found := FOR_THREADS.fullmatch(against):
        title = f"{_threads(found[1])} against {found[2]}"
        return Place(against=against, title=title, threads=int(found[1]))
    return Place(against=against, title=against, threads=0)


def _threads(number: str) -> str:
    return "1 thread" if number == "1" else f"{number} threads"


def _field(place: Place, *, dtype: str) -> Field[Line]:
    return Field(
        title=place.title,
        show=lambda line: _repeated(_rows(line, place.against, dtype=dtype)),
        kind="word",
    )


def _proof(dtype: str) -> Field[Line]:
    """What was checked in another dtype as well repeats in one process only."""

    def show(line: Line) -> Value | str:
        checks = line.agreement.checks if line.agreement else pd.DataFrame()
        others = [d for d in checks.get("dtype", ()) if d != dtype]
        return _repeated(_rows(line, ITSELF, dtype=others[0])) if others else DASH

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


def _rows(line: Line, against: str, *, dtype: str) -> pd.DataFrame:
    if line.agreement is None:
        return pd.DataFrame()
    return repetitions(line.agreement, dtype=dtype, against=against)


def _unknown(comparison: Comparison, *, run: Run, places: Sequence[Place]) -> str:
    """Why there are dashes, as far as the run says."""
    reasons = list(_reasons(comparison, run=run, places=places))
    if len(places) == len((ITSELF, ELSEWHERE)):
        reasons.append(_no_other_threads(run))
    said = "; ".join(dict.fromkeys(reasons))
    return f"Not known: {said}." if said else ""


def _reasons(
    comparison: Comparison, *, run: Run, places: Sequence[Place]
) -> Iterator[str]:
    for place in places:
        unknown = [
            line
            for line in comparison.lines
            if _rows(line, place.against, dtype=comparison.dtype).empty
        ]
        for line in unknown:
            yield _reason(line, run=run, place=place)


def _reason(line: Line, *, run: Run, place: Place) -> str:
    if line.is_missing:
        return "what did not run (its reason stands with the verdicts)"
    if line.agreement is None:
        return f"{line.variant}, which was not checked"
    name = f"again-{line.cell.framework}-{line.cell.device}-{place.threads}: "
    notes = (n for n in run.record.notes if n.startswith(name))
    why = next((note.removeprefix(name).splitlines()[0] for note in notes), "not tried")
    return f"{line.cell.framework}/* {place.title}: {why}"


def _no_other_threads(run: Run) -> str:
    usable = run.record.environment.get("processors usable", "unknown")
    return f"any other number of threads, not tried (processors usable: {usable})"
