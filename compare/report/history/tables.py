"""Tables of a history, with one line per cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import (
    format_nanoseconds,
    format_number,
    format_relative_change,
)
from compare.render.sparkline import draw_sparkline
from compare.render.table import Field, Table, Value, tabulate
from compare.wording import format_count

if TYPE_CHECKING:
    from compare.history.history import History, PastRun, RunGroup
    from compare.history.series import Series
    from compare.stats.change_points import ChangePoint

SPARKLINE_WIDTH = 16  # characters: what the other columns leave of 80


@dataclass(frozen=True, kw_only=True)
class TracedCell:
    """A cell and the runs that it is followed over."""

    group: RunGroup
    series: Series

    def run_of(self, change_point: ChangePoint) -> PastRun:
        """Return the first run at a new level."""
        return self.group.runs[self.series.points[change_point.at].number]


def group_by_workload(group: RunGroup) -> dict[str, list[Series]]:
    """Return heading -> cells; it has dtype and device if there are several."""
    every = group.series
    names_device = len({each.device for each in every}) > 1
    names_dtype = len({each.dtype for each in every}) > 1
    found: dict[str, list[Series]] = {}
    for each in every:
        words = [each.workload, *[each.dtype] * names_dtype]
        heading = ", ".join([*words, *[each.device] * names_device])
        found.setdefault(heading, []).append(each)
    return found


def tabulate_cells(group: RunGroup, heading: str, *, with_line: bool) -> Table:
    """Return the cells of one workload, from the first run to the latest.

    Args:
        group: comparable runs.
        heading: a key of `group_by_workload`.
        with_line: add a sparkline per cell; a page has charts in its place.
    """
    cells = group_by_workload(group)[heading]
    return tabulate(
        f"{heading}: {format_count(len(group.runs), 'run')}, {format_dates(group)}",
        fields=(VARIANT, FIRST, LATEST, RATIO, *[LINE] * with_line, CHANGES),
        items=[TracedCell(group=group, series=each) for each in cells],
        note=_describe_figures(group, cells),
    )


def tabulate_left_out(history: History) -> Table:
    """Return the folders that could not be used, with reasons."""
    return tabulate(
        "Left out",
        fields=(
            Field(title="run", show=lambda x: x.name, kind="prose"),
            Field(title="reason", show=lambda x: x.reason, kind="prose"),
        ),
        items=history.left_out,
    )


def format_dates(group: RunGroup) -> str:
    """Return the days of the first and the latest run."""
    first, latest = (format_day(run) for run in (group.runs[0], group.runs[-1]))
    return first if first == latest else f"{first} to {latest}"


def format_day(run: PastRun) -> str:
    """Return the day on which a run began."""
    return run.record.created[:10]


def _format_change(cell: TracedCell, change_point: ChangePoint) -> str:
    day = format_day(cell.run_of(change_point))
    return f"{day} {format_relative_change(change_point.factor)}"


def _show_changes(cell: TracedCell) -> Value:
    lines = (_format_change(cell, each) for each in cell.series.changes)
    return Value(text="\n".join(lines), tone="caution")


def _show_ratio(cell: TracedCell) -> str:
    points = cell.series.points
    if cell.series.is_baseline:
        return "1"
    return format_number(points[-1].ratio) if points else ""


def _show_step_time(cell: TracedCell, *, at: int) -> str:
    points = cell.series.points
    return format_nanoseconds(points[at].step_time_ns) if points else ""


def _show_line(cell: TracedCell) -> str:
    series = cell.series
    figures = {point.number: series.figure(point) for point in series.points}
    return draw_sparkline(figures, count=len(cell.group.runs), width=SPARKLINE_WIDTH)


def _describe_figures(group: RunGroup, cells: list[Series]) -> str:
    unproven = {p.number for each in cells for p in each.points if p.is_unproven}
    note = (
        f"Changes are searched in the ratio to {group.baseline}; for {group.baseline} "
        "itself, in the step time, which includes the drift of the machine."
    )
    if unproven:
        runs = format_count(len(group.runs), "run")
        note += f" Unproven: {len(unproven)} of {runs}."
    return note


VARIANT: Field[TracedCell] = Field(
    title="variant", show=lambda x: x.series.variant, kind="word"
)
FIRST: Field[TracedCell] = Field(title="first", show=lambda x: _show_step_time(x, at=0))
LATEST: Field[TracedCell] = Field(
    title="latest", show=lambda x: _show_step_time(x, at=-1)
)
RATIO: Field[TracedCell] = Field(title="ratio", show=_show_ratio)
LINE: Field[TracedCell] = Field(title="runs", show=_show_line, kind="word")
CHANGES: Field[TracedCell] = Field(
    title="change points", show=_show_changes, kind="word"
)
