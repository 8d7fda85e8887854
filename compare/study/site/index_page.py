"""The content of the site's first page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.frameworks import frameworks_with
from compare.study.site.columns import framework_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.study.results import LessonResults
    from compare.study.site.lesson_page import LessonPage


@dataclass(frozen=True, kw_only=True)
class IndexPage:
    """The lessons by chapter, and the environment in which they were run."""

    chapters: Mapping[str, Sequence[LessonPage]]
    titles: Sequence[str]  # of every framework
    complete: Sequence[str]  # those with a program of every lesson
    partial: Sequence[tuple[str, int]]  # the others, and how many they have
    created: str
    frameworks: Sequence[str]  # that ran, with their versions
    environment: Mapping[str, str]
    has_notebooks: bool


def build_index_page(pages: Sequence[LessonPage], results: LessonResults) -> IndexPage:
    """Return the first page of a site with these lessons."""
    chapters: dict[str, list[LessonPage]] = {}
    for page in pages:
        chapters.setdefault(page.chapter, []).append(page)
    environment = results.record.environment
    declared = frameworks_with("lessons").values()
    counts = {
        framework_title(framework): sum(framework.name in page.names for page in pages)
        for framework in declared
    }
    return IndexPage(
        chapters=chapters,
        titles=[title for title, count in counts.items() if count],
        complete=[title for title, count in counts.items() if count == len(pages)],
        partial=[(t, count) for t, count in counts.items() if 0 < count < len(pages)],
        created=results.record.created[:10],
        frameworks=[
            f"{framework_title(framework)} {environment[framework.module]}"
            for framework in declared
            if framework.module in environment
        ],
        environment=environment,
        has_notebooks=any(page.notebook for page in pages),
    )
