"""Write the site from finished results."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import markupsafe

from compare import __version__, report
from compare.errors import RunError
from compare.frameworks import frameworks
from compare.study.ladder import names
from compare.study.lesson import find
from compare.study.program import digest, source_of
from compare.study.site.folder import (
    ASSETS,
    INDEX,
    MARK,
    refuse_foreign,
    remove_stale,
)
from compare.study.site.index_page import index_page
from compare.study.site.lesson_page import lesson_page
from compare.study.site.search import index
from compare.study.site.wording import first_sentence, inline, paragraphs, plain
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.study.results import Produced, Results
    from compare.study.site.lesson_page import LessonPage

TEMPLATES = Path(__file__).parent / "templates"
REPORT_TEMPLATES = Path(report.__file__).parent / "templates"


def build(results: Results, *, folder: Path) -> None:
    """Write every page, what all of them share, and the notebooks.

    Args:
        results: of the lessons that the site is to have.
        folder: new, empty, or a site to be written anew.

    Raises:
        UsageError: the folder holds something that no site does.
        RunError: the programs were changed since they gave these results.
    """
    refuse_foreign(folder)
    refuse_outdated(results)
    pages = [lesson_page(find(name), results) for name in names() if results.of(name)]
    files = {**_pages(pages, results), **_assets(pages), **_notebooks(pages)}
    remove_stale(folder, keep=set(files))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def refuse_outdated(results: Results) -> None:
    """See that no program or exercise stands beside what another version computed.

    Raises:
        RunError: one would.
    """
    changed = [
        f"{each.lesson} ({each.framework})"
        for each in results.record.produced
        if each.program and _is_outdated(each)
    ]
    if changed:
        raise RunError(
            f"{results.folder}: expected results of the lessons as they are; received "
            f"those of other versions of {join_words(changed, conjunction='and')}. Run "
            "the lessons again: the same command without --results"
        )


def _is_outdated(each: Produced) -> bool:
    """Whether a program, or the change that its exercise asks for, is another now."""
    if each.lesson not in names() or each.framework not in frameworks():
        return True
    source = source_of(each.lesson, framework=each.framework)
    change = find(each.lesson).lesson.exercise.change
    changed = each.change and each.change != digest(*change, *change.values())
    return bool(changed) or each.program != digest(source)


def _pages(pages: Sequence[LessonPage], results: Results) -> Mapping[str, str]:
    """File name -> HTML."""
    first = index_page(pages, results)
    rendered = {INDEX: _template(INDEX).render(index=first, pages=pages)}
    around = [None, *pages, None]
    for number, page in enumerate(pages):
        rendered[page.file] = _template("lesson.html").render(
            page=page,
            number=number + 1,
            pages=pages,
            previous=around[number],
            following=around[number + 2],
            index=first,
        )
    return rendered


def _assets(pages: Sequence[LessonPage]) -> Mapping[str, str]:
    """What all pages share; the colours are those of a run's report."""
    return {
        f"{ASSETS}/style.css": _text(
            REPORT_TEMPLATES / "light.css",
            REPORT_TEMPLATES / "style.css",
            TEMPLATES / "style.css",
        ),
        f"{ASSETS}/dark.css": _text(
            REPORT_TEMPLATES / "dark.css", TEMPLATES / "dark.css"
        ),
        f"{ASSETS}/site.js": _text(TEMPLATES / "site.js"),
        f"{ASSETS}/search.js": index(pages),
    }


def _notebooks(pages: Sequence[LessonPage]) -> Mapping[str, str]:
    return {each.href: each.text for page in pages for each in page.notebooks}


def _text(*paths: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, REPORT_TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "first_sentence": first_sentence,
        "inline": inline,
        "paragraphs": paragraphs,
        "plain": plain,
    }
    made.globals |= {"mark": markupsafe.Markup(MARK), "version": __version__}  # noqa: S704 - our own
    return made
