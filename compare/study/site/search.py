"""The search index of a site: a script, because a page from disk can load no data."""

from __future__ import annotations

import json
import keyword
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare import quirks
from compare.study.program import split_steps
from compare.study.site.folder import QUIRKS
from compare.study.site.markdown import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.study.site.lesson_page import LessonPage

WORD = re.compile(r"[A-Za-z_][\w.]{2,}")


@dataclass(frozen=True, kw_only=True)
class SearchEntry:
    """Something that the search can find, and its address."""

    title: str
    href: str
    where: str
    text: str
    code: str = ""  # words of the programs: searched, not shown


def build_search_index(pages: Iterable[LessonPage]) -> str:
    """Return a script that assigns all entries to ``window.SEARCH_ENTRIES``."""
    pages = tuple(pages)
    entries = [entry for page in pages for entry in _find_steps(page)]
    entries += _find_names(pages)
    entries += _find_quirks()
    rows = ",\n".join(
        json.dumps(
            [entry.title, entry.href, entry.where, entry.text, entry.code],
            ensure_ascii=False,
        )
        for entry in entries
    )
    return f"window.SEARCH_ENTRIES = [\n{rows}\n];\n"


def _find_steps(page: LessonPage) -> Iterator[SearchEntry]:
    """Yield the lesson itself and its steps."""
    title = plain_text(page.entry.title)
    yield SearchEntry(
        title=title,
        href=page.file,
        where=page.chapter,
        text=plain_text(page.entry.introduction),
    )
    for step in page.steps:
        if step.text:
            yield SearchEntry(
                title=step.title,
                href=f"{page.file}#{step.ident}",
                where=title,
                text=plain_text(" ".join([step.text, *dict(step.only_in).values()])),
                code=" ".join(_collect_words(page, step.title)),
            )


def _collect_words(page: LessonPage, step: str) -> list[str]:
    """Return each word of a step's code once, from all programs."""
    codes = (split_steps(column.source).get(step, "") for column in page.columns)
    words = (word for code in codes for word in WORD.findall(code))
    return sorted({word for word in words if not keyword.iskeyword(word)})


def _find_quirks() -> Iterator[SearchEntry]:
    for name in quirks.quirk_names():
        entry = quirks.find_quirk(name)
        yield SearchEntry(
            title=entry.title,
            href=f"{QUIRKS}#{name}",
            where="Quirks",
            text=plain_text(entry.explanation),
            code=" ".join(entry.spellings),
        )


def _find_names(pages: Iterable[LessonPage]) -> list[SearchEntry]:
    """Return each public name once, with a link to the first lesson that uses it."""
    users: dict[str, list[LessonPage]] = {}
    for page in pages:
        for name in (api.name for apis in page.apis.values() for api in apis):
            users.setdefault(name, []).append(page)
    return [
        SearchEntry(
            title=name,
            href=f"{first.file}#apis",
            where=plain_text(first.entry.title),
            text=" ".join(f"Also in: {plain_text(p.entry.title)}." for p in others),
        )
        for name, (first, *others) in users.items()
    ]
