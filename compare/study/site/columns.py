"""The columns of a lesson's page: one per framework, also if it did not run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.frameworks import frameworks_with
from compare.study.program import read_program

if TYPE_CHECKING:
    from compare.contract import Framework
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults, ProgramResult


@dataclass(frozen=True, kw_only=True)
class FrameworkColumn:
    """One framework's program of a lesson, and its outcome."""

    framework: Framework
    version: str
    source: str  # empty if there is no program
    result: ProgramResult

    @property
    def title(self) -> str:
        """The framework's name, for display."""
        return framework_title(self.framework)

    @property
    def status(self) -> str:
        """``ran``, ``failed`` or ``not run``."""
        if self.ran:
            return "ran"
        return "failed" if self.result.failed else "not run"

    @property
    def ran(self) -> bool:
        """Whether there are results."""
        return not self.result.reason


def build_columns(entry: LessonEntry, results: LessonResults) -> list[FrameworkColumn]:
    """Return the column of every framework that the results contain, in order."""
    programs = results.programs_of(entry.name)
    return [
        FrameworkColumn(
            framework=framework,
            version=results.record.environment.get(framework.module, ""),
            source=read_program(entry.name, framework=name),
            result=programs[name],
        )
        for name, framework in frameworks_with("lessons").items()
        if name in programs
    ]


def framework_title(framework: Framework) -> str:
    """Return a framework's name in its official spelling."""
    return framework.title or framework.name
