"""The columns of a lesson's page: one a framework, whether its program ran or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.frameworks import frameworks
from compare.study.program import source_of

if TYPE_CHECKING:
    from compare.contract import Framework
    from compare.study.lesson import Entry
    from compare.study.results import Produced, Results


@dataclass(frozen=True, kw_only=True)
class Column:
    """One framework's side of a lesson."""

    framework: Framework
    version: str
    source: str  # empty where it has no such program
    produced: Produced

    @property
    def title(self) -> str:
        """The framework's name, for people."""
        return title_of(self.framework)

    @property
    def status(self) -> str:
        """What became of its program, in a word or two."""
        if self.ran:
            return "ran"
        return "failed" if self.produced.failed else "not run"

    @property
    def ran(self) -> bool:
        """Whether there is anything to show besides the program."""
        return not self.produced.reason


def columns(entry: Entry, results: Results) -> list[Column]:
    """Every framework's side, in their order."""
    produced = results.of(entry.name)
    return [
        Column(
            framework=framework,
            version=results.record.environment.get(framework.module, ""),
            source=source_of(entry.name, framework=name),
            produced=produced[name],
        )
        for name, framework in frameworks().items()
        if name in produced
    ]


def title_of(framework: Framework) -> str:
    """A framework's name as its makers write it."""
    return framework.title or framework.name
