"""The programs of a lesson as notebooks to download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.notebook import (
    build_notebook,
    format_notebook,
    notebook_file,
    notebooks_unavailable,
)
from compare.study.site.folder import NOTEBOOKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults
    from compare.study.site.columns import FrameworkColumn


@dataclass(frozen=True, kw_only=True)
class NotebookFile:
    """One program as a notebook, with its link and its text."""

    title: str
    href: str
    text: str


def build_notebooks(
    entry: LessonEntry, results: LessonResults, *, columns: Sequence[FrameworkColumn]
) -> list[NotebookFile]:
    """Return the notebook of every program of the lesson; none without nbformat."""
    if notebooks_unavailable():
        return []
    return [
        _build_file(entry, results, column=column)
        for column in columns
        if column.source
    ]


def _build_file(
    entry: LessonEntry, results: LessonResults, *, column: FrameworkColumn
) -> NotebookFile:
    notebook = build_notebook(
        entry, source=column.source, framework=column.framework, results=results
    )
    name = notebook_file(entry.name, framework=column.framework.name)
    return NotebookFile(
        title=column.title,
        href=f"{NOTEBOOKS}/{name}",
        text=format_notebook(notebook),
    )
