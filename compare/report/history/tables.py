"""Every cell over many runs, as tables: one line a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import change, nanoseconds, significant
from compare.render.sparkline import sparkline
from compare.render.table import Field, Table, Value, tabulate
from compare.wording import format_count

if TYPE_CHECKING:
    from compare.history.history import Group, History, Past
    from compare.history.series import Series
    from compare.stats.change_points import ChangePoint

WIDTH = 16  # characters of a sparkline: what is left of 80 columns


@dataclass(frozen=True, kw_only=True)
class Traced:
    """A cell, and the runs that it is traced over."""

    group: Group
    series: Series

    def run_of(self, change_point: ChangePoint) -> Past:
        """The first run on a new level."""
        return self.group.runs[self.series.points[change_point.at].number]


def by_workload(group: Group) -> dict[str, list[Series]]:
    """Heading -> its cells; the heading tells apart what the group has several of."""
    every = group.series
    names_device = len({each.device for each in every}) > 1
    names_dtype = len({each.dtype for each in every}) > 1
    found: dict[str, list[Series]] = {}
    for each in every:
        words = [each.workload, *[each.dtype] * names_dtype]
        heading = ", ".join([*words, *[each.device] * names_device])
        found.setdefault(heading, []).append(each)
    return found


def over_time(group: Group, heading: str, *, with_line: bool) -> Table:
    """The cells of one workload, from the first run to the latest.

    Args:
        group: runs that can be compared.
        heading: which of `by_workload`.
        with_line: draw each cell as a line of characters; a page has charts.
    """
    shown = by_workload(group)[heading]
    return tabulate(
        f"{heading}: {format_count(len(group.runs), 'run')}, {dates(group)}",
        fields=(VARIANT, FIRST, LATEST, RATIO, *[LINE] * with_line, CHANGES),
        items=[Traced(group=group, series=each) for each in shown],
        note=_note(group, shown),
    )


def left_out(history: History) -> Table:
    """Folders that could not be used, and why."""
    return tabulate(
        "Left out",
        fields=(
            Field(title="run", show=lambda x: x.name, kind="prose"),
            Field(title="reason", show=lambda x: x.reason, kind="prose"),
        ),
        items=history.left_out,
    )


def dates(group: Group) -> str:
    """From when to when."""
    first, latest = (day(run) for run in (group.runs[0], group.runs[-1]))
    return first if first == latest else f"{first} to {latest}"


def day(run: Past) -> str:
    """The day on which a run began."""
    return run.record.created[:10]


def changed(traced: Traced, change_point: ChangePoint) -> str:
    """One change point: when, and by how much."""
    return f"{day(traced.run_of(change_point))} {change(change_point.factor)}"


def _changes(traced: Traced) -> Value:
    said = (changed(traced, each) for each in traced.series.changes)
    return Value(text="\n".join(said), tone="caution")


def _ratio(traced: Traced) -> str:
    points = traced.series.points
    if traced.series.is_baseline:
        return "1"
    return significant(points[-1].ratio) if points else ""


def _step_time(traced: Traced, *, at: int) -> str:
    points = traced.series.points
    return nanoseconds(points[at].step_time_ns) if points else ""


def _line(traced: Traced) -> str:
    series = traced.series
    values = {point.number: series.value(point) for point in series.points}
    return sparkline(values, count=len(traced.group.runs), width=WIDTH)


def _note(group: Group, shown: list[Series]) -> str:
    doubtful = {p.number for each in shown for p in each.points if p.is_unproven}
    said = (
        f"{group.baseline}, the baseline, is followed by its step time, the drift of "
        "the machine included; every other variant by its ratio to it."
    )
    if doubtful:
        said += f" Unproven: {len(doubtful)} of {format_count(len(group.runs), 'run')}."
    return said


VARIANT: Field[Traced] = Field(
    title="variant", show=lambda x: x.series.variant, kind="word"
)
FIRST: Field[Traced] = Field(title="first", show=lambda x: _step_time(x, at=0))
LATEST: Field[Traced] = Field(title="latest", show=lambda x: _step_time(x, at=-1))
RATIO: Field[Traced] = Field(title="ratio", show=_ratio)
LINE: Field[Traced] = Field(title="runs", show=_line, kind="word")
CHANGES: Field[Traced] = Field(title="change points", show=_changes, kind="word")
