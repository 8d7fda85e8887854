"""The cheat sheet: the same tasks in every framework, taken from the programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.site.highlighting import highlight_python

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from compare.study.site.lesson_page import LessonPage


@dataclass(frozen=True, kw_only=True)
class CheatRow:
    """One task, its code by framework, and the lesson that it is from."""

    task: str
    codes: Mapping[str, Markup]  # by the framework's title
    page: LessonPage


@dataclass(frozen=True, kw_only=True)
class CheatSheet:
    """All rows, by chapter."""

    chapters: Mapping[str, Sequence[CheatRow]]


def build_cheat_sheet(pages: Sequence[LessonPage]) -> CheatSheet:
    """Return the rows of these lessons."""
    chapters: dict[str, list[CheatRow]] = {}
    for page in pages:
        for each in page.guide.equivalents:
            codes = {
                column.title: highlight_python(each.code[column.framework.name])
                for column in page.columns
                if column.framework.name in each.code
            }
            row = CheatRow(task=each.task, codes=codes, page=page)
            chapters.setdefault(page.chapter, []).append(row)
    return CheatSheet(chapters=chapters)
