"""Everything that the page of a lesson shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.agreement import agreement
from compare.study.ladder import chapter_of
from compare.study.site.apis import api
from compare.study.site.columns import columns
from compare.study.site.exercise import task
from compare.study.site.notebooks import notebooks
from compare.study.site.printed import printed
from compare.study.site.steps import steps
from compare.study.site.tables import arrays_table, cost_table, own_table
from compare.study.site.verdict import verdict

if TYPE_CHECKING:
    from compare.render.table import Table
    from compare.study.lesson import Entry
    from compare.study.results import Results
    from compare.study.site.apis import Api
    from compare.study.site.columns import Column
    from compare.study.site.exercise import Task
    from compare.study.site.notebooks import Notebook
    from compare.study.site.printed import Printed
    from compare.study.site.steps import Step
    from compare.study.site.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class LessonPage:
    """One lesson, ready to be written."""

    entry: Entry
    chapter: str
    columns: list[Column]
    verdict: Verdict
    steps: list[Step]
    printed: list[Printed]
    arrays: Table
    own: Table
    cost: Table
    task: Task
    apis: dict[str, list[Api]]  # framework's title -> names it uses
    notebooks: list[Notebook]

    @property
    def file(self) -> str:
        """What the page is called."""
        return f"{self.entry.name}.html"


def lesson_page(entry: Entry, results: Results) -> LessonPage:
    """A lesson's page from its programs, its prose and what was computed."""
    sides = columns(entry, results)
    compared = agreement(entry, results)
    return LessonPage(
        entry=entry,
        chapter=chapter_of(entry.name),
        columns=sides,
        verdict=verdict(sides, compared),
        steps=steps(entry, results, sides),
        printed=printed(sides),
        arrays=arrays_table(entry, results, columns=sides, compared=compared),
        own=own_table(entry, results, columns=sides),
        cost=cost_table(sides),
        task=task(entry, results, sides),
        apis=_apis(entry, sides),
        notebooks=notebooks(entry, results, columns=sides),
    )


def _apis(entry: Entry, columns: list[Column]) -> dict[str, list[Api]]:
    return {
        column.title: [
            api(name, framework=column.framework)
            for name in entry.lesson.apis.get(column.framework.name, ())
        ]
        for column in columns
    }
