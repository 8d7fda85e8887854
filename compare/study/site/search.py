"""What the search of a site looks through: a script, as a page from disk can load."""

from __future__ import annotations

import json
import keyword
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.program import steps_of
from compare.study.site.wording import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.study.site.lesson_page import LessonPage

WORD = re.compile(r"[A-Za-z_][\w.]{2,}")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Something that can be found, and where it stands."""

    title: str
    href: str
    where: str
    text: str
    code: str = ""  # words of the programs: found, not shown


def index(pages: Iterable[LessonPage]) -> str:
    """A script that assigns every place to ``window.PLACES``."""
    pages = tuple(pages)
    found = [place for page in pages for place in _places(page)] + _names(pages)
    rows = ",\n".join(
        json.dumps(
            [place.title, place.href, place.where, place.text, place.code],
            ensure_ascii=False,
        )
        for place in found
    )
    return f"window.PLACES = [\n{rows}\n];\n"


def _places(page: LessonPage) -> Iterator[Place]:
    """The lesson itself and its steps."""
    title = plain(page.entry.title)
    yield Place(
        title=title,
        href=page.file,
        where=page.chapter,
        text=plain(page.entry.introduction),
    )
    for step in page.steps:
        if step.text:
            yield Place(
                title=step.title,
                href=f"{page.file}#{step.ident}",
                where=title,
                text=plain(step.text),
                code=" ".join(_words(page, step.title)),
            )


def _words(page: LessonPage, step: str) -> list[str]:
    """Every word of a step's code once, in all programs."""
    codes = (steps_of(column.source).get(step, "") for column in page.columns)
    words = (word for code in codes for word in WORD.findall(code))
    return sorted({word for word in words if not keyword.iskeyword(word)})


def _names(pages: Iterable[LessonPage]) -> list[Place]:
    """Every public name once, at the first lesson that uses it."""
    users: dict[str, list[LessonPage]] = {}
    for page in pages:
        for name in (api.name for apis in page.apis.values() for api in apis):
            users.setdefault(name, []).append(page)
    return [
        Place(
            title=name,
            href=f"{first.file}#apis",
            where=plain(first.entry.title),
            text="".join(f"Also in: {plain(p.entry.title)}. " for p in others).strip(),
        )
        for name, (first, *others) in users.items()
    ]
