"""The content of a lesson's page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compare.study.comparison import compare_programs
from compare.study.ladder import chapter_of
from compare.study.program import title_absent
from compare.study.site.apis import find_api
from compare.study.site.columns import build_columns
from compare.study.site.exercise import check_exercise
from compare.study.site.graph import build_graph
from compare.study.site.notebooks import build_notebook_file
from compare.study.site.steps import build_steps
from compare.study.site.tables import (
    build_agreed_table,
    build_own_table,
    build_times_table,
)
from compare.study.site.tasks import build_tasks
from compare.study.site.under_graph import build_under_graph
from compare.study.site.verdict import summarize_lesson

if TYPE_CHECKING:
    from compare.render.table import Table
    from compare.study.guide import Guide
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults
    from compare.study.site.apis import Api
    from compare.study.site.columns import FrameworkColumn
    from compare.study.site.exercise import CheckedExercise
    from compare.study.site.graph import LessonGraph
    from compare.study.site.notebooks import NotebookFile
    from compare.study.site.steps import LessonStep
    from compare.study.site.tasks import GuideTasks
    from compare.study.site.under_graph import UnderGraph
    from compare.study.site.verdict import LessonVerdict


@dataclass(frozen=True, kw_only=True)
class LessonPage:
    """One lesson, ready for its template."""

    entry: LessonEntry
    chapter: str
    columns: list[FrameworkColumn]
    verdict: LessonVerdict
    steps: list[LessonStep]
    guide: Guide
    tasks: GuideTasks
    graph: LessonGraph
    under_graph: UnderGraph
    agreed: Table
    own: Table
    times: Table
    exercise: CheckedExercise
    apis: dict[str, list[Api]]  # framework's title -> names that its program uses
    notebook: NotebookFile | None

    @property
    def absent(self) -> list[tuple[str, str]]:
        """The titles of frameworks without a program, and why they have none."""
        return title_absent(self.guide.absent)

    @property
    def names(self) -> list[str]:
        """The frameworks that have a program."""
        return [column.framework.name for column in self.columns]

    @property
    def file(self) -> str:
        """The file name of the page."""
        return f"{self.entry.name}.html"


def build_lesson_page(
    entry: LessonEntry, guide: Guide, results: LessonResults
) -> LessonPage:
    """Return a lesson's page from its programs, its prose and its results."""
    columns = build_columns(entry, results)
    compared = compare_programs(entry, results)
    return LessonPage(
        entry=entry,
        chapter=chapter_of(entry.name),
        columns=columns,
        verdict=summarize_lesson(columns, compared),
        steps=build_steps(entry, guide, results, columns),
        guide=guide,
        tasks=build_tasks(entry, guide, results, columns),
        graph=build_graph(entry, results, columns),
        under_graph=build_under_graph(entry, results, columns),
        agreed=build_agreed_table(entry, results, columns=columns, compared=compared),
        own=build_own_table(entry, results, columns=columns),
        times=build_times_table(columns),
        exercise=check_exercise(entry, results, columns),
        apis=_find_apis(entry, columns),
        notebook=build_notebook_file(entry, results, columns=columns),
    )


def translate_page(
    page: LessonPage, entry: LessonEntry, guide: Guide, results: LessonResults
) -> LessonPage:
    """Return a page with its prose in another language; all else is shared.

    Args:
        page: in English.
        entry: the translated lesson.
        guide: its translated guide.
        results: of the lesson.
    """
    return replace(
        page,
        entry=entry,
        guide=guide,
        steps=build_steps(entry, guide, results, page.columns),
        own=build_own_table(entry, results, columns=page.columns),
        exercise=check_exercise(entry, results, page.columns),
        tasks=build_tasks(entry, guide, results, page.columns),
    )


def _find_apis(
    entry: LessonEntry, columns: list[FrameworkColumn]
) -> dict[str, list[Api]]:
    return {
        column.title: [
            find_api(name, framework=column.framework)
            for name in entry.lesson.apis.get(column.framework.name, ())
        ]
        for column in columns
    }
