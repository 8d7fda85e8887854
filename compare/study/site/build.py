"""Write the site from finished results."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import markupsafe

from compare import __version__, render
from compare.errors import RunError
from compare.frameworks import frameworks
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.program import hash_texts, read_program
from compare.study.site.folder import (
    ASSETS,
    GENERATOR,
    INDEX,
    NOTES,
    refuse_foreign_files,
    remove_stale_files,
)
from compare.study.site.index_page import build_index_page
from compare.study.site.lesson_page import build_lesson_page
from compare.study.site.markdown import (
    first_sentence,
    inline_html,
    paragraphs_html,
    plain_text,
)
from compare.study.site.notes_page import build_notes_page
from compare.study.site.search import build_search_index
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.study.results import LessonResults, ProgramResult
    from compare.study.site.lesson_page import LessonPage

TEMPLATES = Path(__file__).parent / "templates"
SHARED_TEMPLATES = Path(render.__file__).parent / "templates"


def build_site(results: LessonResults, *, folder: Path) -> None:
    """Write all pages, the shared assets and the notebooks.

    Args:
        results: the results of the lessons to include.
        folder: a new or empty folder, or a site to be replaced.

    Raises:
        UsageError: the folder contains files that do not belong to a site.
        RunError: the programs have changed since the results were computed.
    """
    refuse_foreign_files(folder)
    refuse_outdated_results(results)
    pages = [
        build_lesson_page(load_lesson(name), results)
        for name in lesson_names()
        if results.programs_of(name)
    ]
    files = {
        **_render_pages(pages, results),
        **_collect_assets(pages),
        **_collect_notebooks(pages),
    }
    remove_stale_files(folder, keep=set(files))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def refuse_outdated_results(results: LessonResults) -> None:
    """Raise an error if results belong to other versions of the lessons.

    A page would show a program next to the results of another one.

    Raises:
        RunError: a program or an exercise has changed, or no longer exists.
    """
    outdated = [
        f"{each.lesson} ({each.framework})"
        for each in results.record.programs
        if each.program and _is_outdated(each)
    ]
    if outdated:
        raise RunError(
            f"{results.folder}: expected results of the current lessons; received "
            f"results of other versions of {join_words(outdated, conjunction='and')}. "
            "Run the lessons again: the same command without --results"
        )


def _is_outdated(each: ProgramResult) -> bool:
    if each.lesson not in lesson_names() or each.framework not in frameworks():
        return True
    source = read_program(each.lesson, framework=each.framework)
    change = load_lesson(each.lesson).lesson.exercise.change
    changed = each.change and each.change != hash_texts(*change, *change.values())
    return bool(changed) or each.program != hash_texts(source)


def _render_pages(
    pages: Sequence[LessonPage], results: LessonResults
) -> Mapping[str, str]:
    """Return file name -> HTML."""
    index = build_index_page(pages, results)
    notes = build_notes_page(pages)
    rendered = {
        INDEX: _template(INDEX).render(index=index, pages=pages),
        NOTES: _template(NOTES).render(index=index, notes=notes),
    }
    neighbours = [None, *pages, None]
    for number, page in enumerate(pages):
        rendered[page.file] = _template("lesson.html").render(
            page=page,
            number=number + 1,
            pages=pages,
            previous=neighbours[number],
            following=neighbours[number + 2],
            index=index,
        )
    return rendered


def _collect_assets(pages: Sequence[LessonPage]) -> Mapping[str, str]:
    """Return the files that all pages share: file name -> text."""
    return {
        f"{ASSETS}/style.css": _read_files(
            SHARED_TEMPLATES / "light.css",
            SHARED_TEMPLATES / "style.css",
            TEMPLATES / "style.css",
        ),
        f"{ASSETS}/dark.css": _read_files(
            SHARED_TEMPLATES / "dark.css", TEMPLATES / "dark.css"
        ),
        f"{ASSETS}/site.js": _read_files(TEMPLATES / "site.js"),
        f"{ASSETS}/search.js": build_search_index(pages),
    }


def _collect_notebooks(pages: Sequence[LessonPage]) -> Mapping[str, str]:
    return {each.href: each.text for page in pages for each in page.notebooks}


def _read_files(*paths: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, SHARED_TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "first_sentence": first_sentence,
        "inline_html": inline_html,
        "paragraphs_html": paragraphs_html,
        "plain_text": plain_text,
    }
    environment.globals |= {
        "generator": markupsafe.Markup(GENERATOR),  # noqa: S704 - a constant
        "version": __version__,
    }
    return environment
