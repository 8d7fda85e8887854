"""The live table of a run: what is known of each cell so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from compare.render.format import (
    format_factor,
    format_nanoseconds,
    format_ratio,
    format_seconds,
    is_known,
)
from compare.render.visible import make_visible
from compare.runs.words import Verdict
from compare.stats.estimates import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

GAP = 2  # characters between columns
LINES_BELOW = 3  # of the terminal: a blank line, the progress line, the cursor
LEAST_LINES = 4  # the column titles, a workload, a row, the note on hidden rows
STYLES = {Verdict.AGREES.value: "green", Verdict.DISAGREES.value: "bold red"}


@dataclass(frozen=True, kw_only=True)
class LiveRow:
    """What is known of one cell so far. Unknown figures are NaN, unknown words empty.

    Args:
        workload: the label under which the row is shown.
        variant: with the device and the dtype if the run has several.
        verdicts: on agreement, one per column of `LiveTable.checks`.
        ratio: of the step time to the baseline's.
        is_baseline: it is the variant that ratios refer to.
        step_ns: the step time.
        first_call_s: the first call with an empty compile cache.
        launches: in which the cell was timed.
        problem: why the cell has no result.
    """

    workload: str
    variant: str
    verdicts: tuple[str, ...] = ()
    ratio: Interval = field(default_factory=Interval)
    is_baseline: bool = False
    step_ns: float = nan
    first_call_s: float = nan
    launches: int = 0
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class LiveTable:
    """The rows of a run, which rich renders into the size of the terminal.

    Columns that do not fit are left out, from the right. Of rows that do not fit, those
    around the row that changed last are shown.

    Args:
        checks: titles of the columns with verdicts on agreement.
        rows: grouped by workload.
        is_timed: the run measures step times.
        changed: position of the row that changed last.
    """

    checks: tuple[str, ...]
    rows: tuple[LiveRow, ...]
    is_timed: bool = True
    changed: int = 0

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        """Yield the lines that fit the terminal."""
        height = console.size.height - LINES_BELOW
        yield from self.draw(width=options.max_width, height=height)

    def draw(self, *, width: int, height: int) -> list[Text]:
        """Return at most `height` lines, each at most `width` characters long."""
        if height < LEAST_LINES or not self.rows:
            return []
        titles = self._list_titles()
        values = [self._list_values(row) for row in self.rows]
        sizes = [
            max(map(cell_len, column)) for column in zip(titles, *values, strict=True)
        ]
        sizes = sizes[: _count_fitting(sizes, width=width)]
        lines, changed = [], 0
        for number, row in enumerate(self.rows):
            if not number or row.workload != self.rows[number - 1].workload:
                lines.append(Text(_on_one_line(row.workload), style="bold"))
            if number == self.changed:
                changed = len(lines)
            lines.append(_draw_row(row, values[number], sizes=sizes))
        head = _join(titles, sizes=sizes)
        head.stylize("dim")
        shown = [head, *_select_around(lines, changed, height=height - 1)]
        for line in shown:
            line.no_wrap = True
            line.truncate(width, overflow="ellipsis")
        return shown

    def _list_titles(self) -> list[str]:
        timed = ("ratio (interval)", "step", "first call", "launches")
        return ["", *self.checks, *(timed if self.is_timed else ())]

    def _list_values(self, row: LiveRow) -> list[str]:
        """Return the texts of a row; those that are not known yet are empty."""
        unknown = [""] * (len(self.checks) - len(row.verdicts))
        values = [f"  {_on_one_line(row.variant)}", *row.verdicts, *unknown]
        if self.is_timed:
            step, first = row.step_ns, row.first_call_s
            values += [
                describe_ratio(row),
                format_nanoseconds(step) if is_known(step) else "",
                format_seconds(first) if is_known(first) else "",
                f"{row.launches}" if row.launches else "",
            ]
        return values


def describe_ratio(row: LiveRow) -> str:
    """Return a ratio with its interval, which one launch does not have."""
    if row.is_baseline:
        return "baseline" if is_known(row.step_ns) else ""
    found = row.ratio
    if isnan(found.estimate):
        return ""
    if isnan(found.low):
        return format_factor(found.estimate)
    return format_ratio(found.estimate, found.low, found.high)


def _count_fitting(sizes: Sequence[int], *, width: int) -> int:
    """Return how many columns fit a width, from the left; at least one."""
    used = 0
    for number, size in enumerate(sizes):
        used += size + GAP * bool(number)
        if used > width:
            return max(1, number)
    return len(sizes)


def _draw_row(row: LiveRow, values: Sequence[str], *, sizes: Sequence[int]) -> Text:
    """Return a row; the problem of a cell without a result takes its whole length."""
    if row.problem:
        name = _join(values, sizes=sizes[:1])
        return name.append(f"{' ' * GAP}{_on_one_line(row.problem)}", style="yellow")
    return _join(values, sizes=sizes)


def _join(values: Sequence[str], *, sizes: Sequence[int]) -> Text:
    """Return texts in columns; the last ones are left out if there are fewer sizes."""
    line = Text()
    for number, (value, size) in enumerate(zip(values, sizes, strict=False)):
        line.append(" " * GAP * bool(number))
        line.append(value, style=STYLES.get(value, ""))
        line.append(" " * (size - cell_len(value)))
    line.rstrip()
    return line


def _select_around(lines: list[Text], position: int, *, height: int) -> list[Text]:
    """Return at most `height` lines around a position, with a note if some are hidden.

    The line before the position is shown as well, because it may be a heading.
    """
    if len(lines) <= height:
        return lines
    kept = height - 1
    first = min(max(0, position - max(1, kept // 2)), len(lines) - kept)
    note = f"{len(lines) - kept} of {len(lines)} lines do not fit this terminal."
    return [*lines[first : first + kept], Text(note, style="dim")]


def _on_one_line(text: str) -> str:
    """Return text on one line, without control characters."""
    return make_visible(" ".join(text.split()))
