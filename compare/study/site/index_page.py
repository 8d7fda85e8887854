"""Everything that the first page of the site shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.frameworks import frameworks
from compare.study.site.columns import title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.study.results import Results
    from compare.study.site.lesson_page import LessonPage


@dataclass(frozen=True, kw_only=True)
class IndexPage:
    """The lessons by chapter, and what they were run with."""

    chapters: Mapping[str, Sequence[LessonPage]]
    titles: Sequence[str]  # of every framework
    created: str
    frameworks: Sequence[str]  # that ran, with their versions
    environment: Mapping[str, str]


def index_page(pages: Sequence[LessonPage], results: Results) -> IndexPage:
    """The first page: these lessons, and where they were run."""
    chapters: dict[str, list[LessonPage]] = {}
    for page in pages:
        chapters.setdefault(page.chapter, []).append(page)
    environment = results.record.environment
    return IndexPage(
        chapters=chapters,
        titles=[title_of(framework) for framework in frameworks().values()],
        created=results.record.created[:10],
        frameworks=[
            f"{title_of(framework)} {environment[framework.module]}"
            for framework in frameworks().values()
            if framework.module in environment
        ],
        environment=environment,
    )
