"""Tables of what changed between two runs: step times, and everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import (
    format_change_interval,
    format_nanoseconds,
    format_number,
    format_relative_change,
)
from compare.render.table import Field, Table, Value, tabulate
from compare.report.timing.verdict_tables import TONES
from compare.results.cells import join_doubts, join_labels, mark_doubts
from compare.runs.record import CONTROL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.history.cell_changes import CellChange
    from compare.history.diff import CellDiff, Diff, GroupDiff
    from compare.stats.change import Change


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """One change of one cell: a row of the table."""

    cell: CellDiff
    change: CellChange


def tabulate_step_times(
    found: Diff, group: GroupDiff, *, rows: Iterable[CellDiff]
) -> Table:
    """Return how the step times of some cells of a workload changed."""
    fields: tuple[Field[CellDiff], ...]
    if found.absolute:
        fields = (VARIANT, STEP_BEFORE, STEP_AFTER, STEP_CHANGE, VERDICT)
        what = "step time"
    else:
        fields = (VARIANT, RATIO_BEFORE, RATIO_AFTER, RATIO_CHANGE, STEP, VERDICT)
        what = f"ratio to {group.after.baseline}"
    return tabulate(f"{format_heading(group)}: {what}", fields=fields, items=rows)


def tabulate_changes(rows: Iterable[CellDiff]) -> Table:
    """Return every other change, cell by cell."""
    return tabulate(
        "What else changed",
        fields=(
            Field(
                title="cell",
                show=lambda x: join_labels([x.cell.after.label]),
                kind="word",
            ),
            Field(title="what", show=_show_what, kind="word"),
            Field(title="A", show=lambda x: x.change.before, kind="prose"),
            Field(title="B", show=lambda x: x.change.after, kind="prose"),
        ),
        items=_list_changes(rows),
    )


def format_heading(group: GroupDiff) -> str:
    """Return the workload, marked if its timing is doubtful in either run."""
    return mark_doubts(group.after.heading, find_doubts(group))


def find_doubts(group: GroupDiff) -> str:
    """Return the words that mark the timing of either run as doubtful."""
    both = [join_doubts(side).split(", ") for side in (group.before, group.after)]
    return ", ".join(dict.fromkeys(word for words in both for word in words if word))


def format_change(found: Change) -> str:
    """Return a change of a figure in per cent, with its interval."""
    return format_change_interval(
        found.factor.estimate, found.factor.low, found.factor.high
    )


def _list_changes(rows: Iterable[CellDiff]) -> Iterator[ChangeRow]:
    for row in rows:
        for each in row.changes:
            yield ChangeRow(cell=row, change=each)


def _show_what(item: ChangeRow) -> Value:
    worse = item.change.is_regression
    text = f"{item.change.what}: worse" if worse else item.change.what
    return Value(text=text, tone="bad" if worse else "")


def _show_ratio(row: CellDiff, value: float) -> str:
    return "1" if row.after.is_baseline else format_number(value)


def _show_verdict(row: CellDiff) -> Value:
    verdict = CONTROL if row.after.is_control else row.verdict or ""
    return Value(text=verdict, tone=TONES.get(verdict, ""))


INTERVAL = "change (95% interval)"
VARIANT: Field[CellDiff] = Field(
    title="variant", show=lambda x: x.after.variant, kind="word"
)
RATIO_BEFORE: Field[CellDiff] = Field(
    title="A", show=lambda x: _show_ratio(x, x.ratio.before)
)
RATIO_AFTER: Field[CellDiff] = Field(
    title="B", show=lambda x: _show_ratio(x, x.ratio.after)
)
RATIO_CHANGE: Field[CellDiff] = Field(
    title=INTERVAL, show=lambda x: format_change(x.ratio)
)
STEP_BEFORE: Field[CellDiff] = Field(
    title="A", show=lambda x: format_nanoseconds(x.step.before)
)
STEP_AFTER: Field[CellDiff] = Field(
    title="B", show=lambda x: format_nanoseconds(x.step.after)
)
STEP_CHANGE: Field[CellDiff] = Field(
    title=INTERVAL, show=lambda x: format_change(x.step)
)
STEP: Field[CellDiff] = Field(
    title="step time changed",
    show=lambda x: format_relative_change(x.step.factor.estimate),
)
VERDICT: Field[CellDiff] = Field(title="verdict", show=_show_verdict, kind="word")
