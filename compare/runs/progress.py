"""Progress display of a long run: a table and a bar on a terminal, else plain lines."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column

from compare.render.visible import make_visible
from compare.runs.record import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from compare.runs.live_table import LiveTable
    from compare.runs.record import RunRecord

LINE_INTERVAL_S = 5.0  # between plain lines
# How much expected work counts as done at the expected pace. It keeps the first
# few seconds from deciding the estimate of the time left.
PRIOR_S = 20.0


@dataclass
class Reporter:
    """Progress display of a run.

    On a terminal: a table with what is known of each cell so far, and a bar below it.
    Elsewhere: plain lines.

    Work is counted in expected seconds, to estimate the time left. The display is
    redrawn only by `advance` and `show`: nothing runs in the parent process while a
    block is timed.
    """

    console: Console
    expected_s: float
    record: RunRecord  # receives the duration of each phase

    def __post_init__(self) -> None:
        """Create the display; `__enter__` shows it."""
        self._bar = Progress(
            TextColumn("{task.fields[phase]:<10}", markup=False),
            BarColumn(bar_width=16),
            TimeElapsedColumn(),
            TextColumn("about {task.fields[left]} left", markup=False),
            TextColumn(
                "{task.description}",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
            ),
            expand=True,
            console=self.console,
            auto_refresh=False,
        )
        self._task = self._bar.add_task("", total=self.expected_s, phase="", left="")
        self._started = self._last_line = self._phase_started = monotonic()
        self._phase = ""
        self._table: LiveTable | None = None
        self._live = Live(
            get_renderable=self._arrange,
            console=self.console,
            auto_refresh=False,
            transient=True,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Self:
        """Show the display if the console is a terminal."""
        if self.console.is_interactive:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the last phase and remove the display."""
        self.phase("")
        self._live.stop()

    def phase(self, name: str) -> None:
        """Start a phase of the run, and record the duration of the previous one."""
        now = monotonic()
        if self._phase:
            self._add_duration(self._phase, seconds=now - self._phase_started)
        self._phase, self._phase_started = name, now
        self._last_line = 0.0  # so that the first line of a phase is always printed

    def _add_duration(self, name: str, *, seconds: float) -> None:
        """Add to the duration of a phase, which may occur more than once."""
        for phase in self.record.phases:
            if phase.name == name:
                phase.seconds += seconds
                return
        self.record.phases.append(Phase(name=name, seconds=seconds))

    def advance(self, text: str, *, expected_s: float = 0.0) -> None:
        """Show what is running.

        Args:
            text: what is running now.
            expected_s: how long the work finished since the last call was expected to
                take.
        """
        self._bar.update(self._task, advance=expected_s)
        now = monotonic()
        left = format_minutes(self._left_s(now))
        if self.console.is_interactive:
            self._bar.update(self._task, description=text, phase=self._phase, left=left)
            self._live.refresh()
        elif now - self._last_line >= LINE_INTERVAL_S:
            self._last_line = now
            self._print(
                f"{self._elapsed(now)}, about {left} left  {self._phase}: {text}"
            )

    def show(self, table: LiveTable, *, news: Sequence[str] = ()) -> None:
        """Show what is known of each cell so far.

        Args:
            table: replaces the table that is shown on a terminal.
            news: what is new in it, printed as lines where there is no terminal.
        """
        self._table = table
        if self.console.is_interactive:
            self._live.refresh()
            return
        for line in news:
            self._print(f"{self._elapsed(monotonic())}  {line}")

    def print_line(self, text: str) -> None:
        """Print a line with the time since the start."""
        self._print(f"{self._elapsed(monotonic())}  {text}")

    def warn(self, text: str) -> None:
        """Print a message above the display."""
        self._print(text, style="yellow")

    def _arrange(self) -> RenderableType:
        """Return what is shown: the table, if there is one, and the bar."""
        table = (self._table, "") if self._table and self._table.rows else ()
        return Group(*table, self._bar.get_renderable())

    def _print(self, text: str, *, style: str | None = None) -> None:
        self.console.print(
            make_visible(text),
            style=style,
            markup=False,
            emoji=False,
            highlight=False,
            soft_wrap=True,
        )

    def _elapsed(self, now: float) -> str:
        return format_minutes(now - self._started)

    def _left_s(self, now: float) -> float:
        """Return the expected time left, scaled by the pace so far."""
        done = self._bar.tasks[0].completed
        pace = (now - self._started + PRIOR_S) / (done + PRIOR_S)
        return max(0.0, self.expected_s - done) * pace


def format_minutes(seconds: float) -> str:
    """Return a duration as ``2:05``."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
