"""What changed between two runs, as tables: step times, and everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import change, change_interval, nanoseconds, significant
from compare.render.table import Field, Table, Value, tabulate
from compare.report.timing.verdict_tables import TONES
from compare.results.cells import join_labels
from compare.runs.record import CONTROL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.history.cell_changes import CellChange
    from compare.history.diff import Diff, Pair, Row
    from compare.stats.change import Change


@dataclass(frozen=True, kw_only=True)
class Altered:
    """One alteration of one cell."""

    row: Row
    alteration: CellChange


def step_times(found: Diff, pair: Pair, *, rows: Iterable[Row]) -> Table:
    """How step times of one workload changed: of some cells, or of all."""
    fields: tuple[Field[Row], ...]
    if found.absolute:
        fields = (VARIANT, STEP_BEFORE, STEP_AFTER, STEP_MOVED, VERDICT)
        what = "step time"
    else:
        fields = (VARIANT, BEFORE, AFTER, RATIO_MOVED, STEP, VERDICT)
        what = f"ratio to {pair.after.baseline}"
    return tabulate(f"{heading(pair)}: {what}", fields=fields, items=rows)


def altered(rows: Iterable[Row]) -> Table:
    """Everything else that changed, cell by cell."""
    return tabulate(
        "What else changed",
        fields=(
            Field(
                title="cell",
                show=lambda x: join_labels([x.row.after.place]),
                kind="word",
            ),
            Field(title="what", show=_what, kind="word"),
            Field(title="A", show=lambda x: x.alteration.before, kind="prose"),
            Field(title="B", show=lambda x: x.alteration.after, kind="prose"),
        ),
        items=_each(rows),
    )


def heading(pair: Pair) -> str:
    """The workload, marked where its timing is unproven in either run."""
    said = pair.after.heading
    return f"{said} (unproven)" if is_unproven(pair) else said


def is_unproven(pair: Pair) -> bool:
    """Whether either run's control came out as different from the baseline."""
    return pair.before.is_unproven or pair.after.is_unproven


def moved(shift: Change) -> str:
    """How far a figure moved, with its interval."""
    return change_interval(shift.factor.estimate, shift.factor.low, shift.factor.high)


def _each(rows: Iterable[Row]) -> Iterator[Altered]:
    for row in rows:
        for alteration in row.changes:
            yield Altered(row=row, alteration=alteration)


def _what(item: Altered) -> Value:
    worse = item.alteration.is_regression
    text = f"{item.alteration.what}: worse" if worse else item.alteration.what
    return Value(text=text, tone="bad" if worse else "")


def _ratio(row: Row, value: float) -> str:
    return "1" if row.after.is_baseline else significant(value)


def _verdict(row: Row) -> Value:
    verdict = CONTROL if row.after.is_control else row.verdict
    return Value(text=verdict, tone=TONES.get(verdict, ""))


INTERVAL = "change (95% interval)"
VARIANT: Field[Row] = Field(
    title="variant", show=lambda x: x.after.variant, kind="word"
)
BEFORE: Field[Row] = Field(title="A", show=lambda x: _ratio(x, x.ratio.before))
AFTER: Field[Row] = Field(title="B", show=lambda x: _ratio(x, x.ratio.after))
RATIO_MOVED: Field[Row] = Field(title=INTERVAL, show=lambda x: moved(x.ratio))
STEP_BEFORE: Field[Row] = Field(title="A", show=lambda x: nanoseconds(x.step.before))
STEP_AFTER: Field[Row] = Field(title="B", show=lambda x: nanoseconds(x.step.after))
STEP_MOVED: Field[Row] = Field(title=INTERVAL, show=lambda x: moved(x.step))
STEP: Field[Row] = Field(
    title="step time changed", show=lambda x: change(x.step.factor.estimate)
)
VERDICT: Field[Row] = Field(title="verdict", show=_verdict, kind="word")
