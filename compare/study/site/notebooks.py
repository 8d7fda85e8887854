"""The programs of a lesson as a notebook to download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.notebook import (
    NotebookProgram,
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
    """A lesson as a notebook, with its link and its text."""

    href: str
    text: str


def build_notebook_file(
    entry: LessonEntry, results: LessonResults, *, columns: Sequence[FrameworkColumn]
) -> NotebookFile | None:
    """Return the notebook with all programs of the lesson; none without nbformat."""
    if notebooks_unavailable():
        return None
    programs = [
        NotebookProgram(
            framework=column.framework,
            source=column.source,
            printed=column.result.printed,
        )
        for column in columns
        if column.source
    ]
    return NotebookFile(
        href=f"{NOTEBOOKS}/{notebook_file(entry.name)}",
        text=format_notebook(build_notebook(entry, programs, results=results)),
    )
