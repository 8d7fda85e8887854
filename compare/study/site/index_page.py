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
    return IndexPage(
        chapters=chapters,
        titles=[framework_title(framework) for framework in declared],
        created=results.record.created[:10],
        frameworks=[
            f"{framework_title(framework)} {environment[framework.module]}"
            for framework in declared
            if framework.module in environment
        ],
        environment=environment,
        has_notebooks=any(page.notebook for page in pages),
    )
