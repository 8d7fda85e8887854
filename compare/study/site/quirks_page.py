"""The catalogue of quirks on the site: where the frameworks compute differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare import quirks
from compare.frameworks import frameworks_with
from compare.study.site.columns import framework_title
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compare.quirks import QuirkEntry
    from compare.study.site.lesson_page import LessonPage


@dataclass(frozen=True, kw_only=True)
class ShownSpelling:
    """One spelling of a quirk."""

    name: str
    users: str  # the frameworks whose default it is
    meaning: str  # Markdown


@dataclass(frozen=True, kw_only=True)
class ShownQuirk:
    """One quirk, its spellings in words, and the lessons in which it matters."""

    entry: QuirkEntry
    spellings: Sequence[ShownSpelling]
    others: Mapping[str, str]  # framework -> its default, if that is neither spelling
    lacking: str  # the frameworks without a program
    pages: Sequence[LessonPage]


@dataclass(frozen=True, kw_only=True)
class QuirksPage:
    """All quirks by topic."""

    topics: Mapping[str, Sequence[ShownQuirk]]

    @property
    def count(self) -> int:
        """The number of quirks."""
        return sum(map(len, self.topics.values()))


def build_quirks_page(pages: Sequence[LessonPage]) -> QuirksPage:
    """Return the catalogue.

    Args:
        pages: the lessons on the site.
    """
    titles = {
        name: framework_title(each) for name, each in frameworks_with("quirks").items()
    }
    topics: dict[str, list[ShownQuirk]] = {}
    for quirk in quirks.quirk_names():
        entry = quirks.find_quirk(quirk)
        users = [page for page in pages if quirk in page.guide.quirks]
        spellings = [
            ShownSpelling(
                name=name,
                users=_name_users(entry, name, titles),
                meaning=entry.describe(name),
            )
            for name in entry.spellings
        ]
        others = {titles[n]: text for n, text in entry.quirk.other_defaults.items()}
        having = frameworks_with("quirks", entry=quirk)
        shown = ShownQuirk(
            entry=entry,
            spellings=spellings,
            others=others,
            lacking=_join_titles(t for n, t in titles.items() if n not in having),
            pages=users,
        )
        topics.setdefault(entry.quirk.topic, []).append(shown)
    return QuirksPage(topics=topics)


def _name_users(entry: QuirkEntry, spelling: str, titles: Mapping[str, str]) -> str:
    """Return the frameworks whose default is a spelling."""
    defaults = entry.quirk.defaults.items()
    return _join_titles(titles[n] for n, default in defaults if default == spelling)


def _join_titles(titles: Iterable[str]) -> str:
    """Return names of frameworks as a list in words, which may be empty."""
    named = [*titles]
    return join_words(named, conjunction="and") if named else ""
