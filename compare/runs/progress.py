"""Progress display of a long run: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Self

from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column

from compare.runs.record import Phase

if TYPE_CHECKING:
    from rich.console import Console

    from compare.runs.record import RunRecord

LINE_INTERVAL_S = 5.0  # between plain lines
# How much expected work counts as done at the expected pace. It keeps the first
# few seconds from deciding the estimate of the time left.
PRIOR_S = 20.0


@dataclass
class Reporter:
    """Progress display of a run: a bar on a terminal, plain lines elsewhere.

    Work is counted in expected seconds, to estimate the time left. The bar is redrawn
    only by `advance`: nothing runs in the parent process while a block is timed.
    """

    console: Console
    expected_s: float
    record: RunRecord  # receives the duration of each phase

    def __post_init__(self) -> None:
        """Create the bar; `__enter__` shows it."""
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
            transient=True,
        )
        self._task = self._bar.add_task("", total=self.expected_s, phase="", left="")
        self._started = self._last_line = self._phase_started = monotonic()
        self._phase = ""

    def __enter__(self) -> Self:
        """Show the bar if the console is a terminal."""
        if self.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the last phase and remove the bar."""
        self.phase("")
        self._bar.stop()

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
        if self.console.is_terminal:
            self._bar.update(self._task, description=text, phase=self._phase, left=left)
            self._bar.refresh()
        elif now - self._last_line >= LINE_INTERVAL_S:
            self._last_line = now
            self.console.print(
                f"{format_minutes(now - self._started)}, about {left} left  "
                f"{self._phase}: {text}",
                markup=False,
                emoji=False,
                highlight=False,
                soft_wrap=True,
            )

    def _left_s(self, now: float) -> float:
        """Return the expected time left, scaled by the pace so far."""
        done = self._bar.tasks[0].completed
        pace = (now - self._started + PRIOR_S) / (done + PRIOR_S)
        return max(0.0, self.expected_s - done) * pace


def format_minutes(seconds: float) -> str:
    """Return a duration as ``2:05``."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
