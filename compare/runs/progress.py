"""What a long run says while it works: a bar on a terminal, plain lines elsewhere."""

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

LINE_EVERY_S = 5.0  # between plain lines
PATIENCE_S = 20.0  # before the pace so far outweighs the expected one


@dataclass
class Reporter:
    """Counts work in expected seconds, so that what is left can be told.

    The bar redraws only when told of something: nothing runs in the parent while a
    block is timed.
    """

    console: Console
    expected_s: float
    record: RunRecord  # gets the time that each phase took

    def __post_init__(self) -> None:
        """Make the bar; `__enter__` shows it."""
        self._bar = Progress(
            TextColumn("{task.fields[phase]:<10}"),
            BarColumn(bar_width=16),
            TimeElapsedColumn(),
            TextColumn("about {task.fields[left]} left"),
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
        self._began = self._spoke = self._phase_began = monotonic()
        self._phase = ""

    def __enter__(self) -> Self:
        """Show the bar where there is a terminal."""
        if self.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the last phase and take the bar away."""
        self.phase("")
        self._bar.stop()

    def phase(self, name: str) -> None:
        """A new part of the run begins; the time of the last one is kept."""
        now = monotonic()
        if self._phase:
            self._add(self._phase, seconds=now - self._phase_began)
        self._phase, self._phase_began = name, now
        self._spoke = 0.0  # the first line of a phase is always said

    def _add(self, name: str, *, seconds: float) -> None:
        """A phase may come more than once: its times add up."""
        for phase in self.record.phases:
            if phase.name == name:
                phase.seconds += seconds
                return
        self.record.phases.append(Phase(name=name, seconds=seconds))

    def advance(self, text: str, *, expected_s: float = 0.0) -> None:
        """Say what is running, and that work of so many expected seconds is done."""
        self._bar.update(self._task, advance=expected_s)
        now = monotonic()
        left = minutes(self._left_s(now))
        if self.console.is_terminal:
            self._bar.update(self._task, description=text, phase=self._phase, left=left)
            self._bar.refresh()
        elif now - self._spoke >= LINE_EVERY_S:
            self._spoke = now
            self.console.print(
                f"{minutes(now - self._began)}, about {left} left  "
                f"{self._phase}: {text}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )

    def _left_s(self, now: float) -> float:
        """What is left of the expected, at the pace so far; early on, as expected."""
        done = self._bar.tasks[0].completed
        pace = (now - self._began + PATIENCE_S) / (done + PATIENCE_S)
        return max(0.0, self.expected_s - done) * pace


def minutes(seconds: float) -> str:
    """A duration as ``2:05``."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
