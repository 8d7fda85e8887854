"""Write the site from finished results."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import markupsafe

from compare import __version__, quirks, render
from compare.debugging.catalogue import list_mistakes
from compare.errors import RunError
from compare.frameworks import frameworks_with
from compare.study.guide import load_guide
from compare.study.ladder import PATHS, lesson_names
from compare.study.lesson import load_lesson
from compare.study.program import hash_texts, read_program
from compare.study.site.cheat_sheet import build_cheat_sheet
from compare.study.site.folder import (
    ASSETS,
    CHEAT_SHEET,
    GENERATOR,
    INDEX,
    NOTES,
    PREFIX,
    QUIRKS,
    SEARCH,
    TERMS,
    refuse_foreign_files,
    remove_stale_files,
)
from compare.study.site.index_page import build_index_page
from compare.study.site.lesson_page import build_lesson_page, translate_page
from compare.study.site.markdown import (
    first_sentence,
    inline_html,
    paragraphs_html,
    plain_text,
)
from compare.study.site.notes_page import build_notes_page
from compare.study.site.quirks_page import build_quirks_page
from compare.study.site.search import build_search_index
from compare.study.translation import (
    Language,
    load_terms,
    load_words,
    translate_lesson,
)
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.study.results import LessonResults, ProgramResult
    from compare.study.site.lesson_page import LessonPage

TITLES = {Language.ENGLISH: "English", Language.KOREAN: "\ud55c\uad6d\uc5b4"}
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
    names = [name for name in lesson_names() if results.programs_of(name)]
    english = [
        build_lesson_page(load_lesson(name), load_guide(name), results)
        for name in names
    ]
    files = {**_collect_assets(), **_collect_notebooks(english)}
    files |= _collect_exercises(english)
    for language in Language:
        pages = [
            translate_page(page, *translate_lesson(page.entry.name, language), results)
            for page in english
        ]
        files |= _render_pages(pages, results, language)
        files[f"{ASSETS}/{SEARCH[language]}"] = build_search_index(pages)
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
    names = frameworks_with("lessons")
    if each.lesson not in lesson_names() or each.framework not in names:
        return True
    source = read_program(each.lesson, framework=each.framework)
    change = load_lesson(each.lesson).lesson.exercise.change
    mistake = load_guide(each.lesson).repair.mistake
    return (
        each.program != hash_texts(source)
        or each.change != hash_texts(*change, *change.values())
        or each.mistake != hash_texts(*mistake, *mistake.values())
    )


def _render_pages(
    pages: Sequence[LessonPage], results: LessonResults, language: Language
) -> Mapping[str, str]:
    """Return file name -> HTML of the pages in one language."""
    index = build_index_page(pages, results)
    mistake_titles = {each.name: each.title for each in list_mistakes()}
    quirk_titles = {n: quirks.find_quirk(n).title for n in quirks.quirk_names()}

    def render(template: str, file: str, **content: object) -> tuple[str, str]:
        shared = {**_describe_language(language, file=file), "index": index}
        text = _template(template).render(**shared, **content)
        return f"{PREFIX[language]}{file}", text

    rendered = dict(
        [
            render(INDEX, INDEX, pages=pages, paths=PATHS),
            render(NOTES, NOTES, notes=build_notes_page(pages)),
            render(QUIRKS, QUIRKS, quirks=build_quirks_page(pages)),
            render(CHEAT_SHEET, CHEAT_SHEET, sheet=build_cheat_sheet(pages)),
        ]
    )
    if terms := load_terms(language):
        content = {"terms": terms, "title": TITLES[language]}
        rendered |= dict([render(TERMS, TERMS, **content)])
    neighbours = [None, *pages, None]
    by_name = {page.entry.name: page for page in pages}
    for number, page in enumerate(pages):
        file, text = render(
            "lesson.html",
            page.file,
            page=page,
            by_name=by_name,
            quirk_titles=quirk_titles,
            mistake_titles=mistake_titles,
            number=number + 1,
            pages=pages,
            previous=neighbours[number],
            following=neighbours[number + 2],
        )
        rendered[file] = text
    return rendered


def _describe_language(language: Language, *, file: str) -> Mapping[str, object]:
    """Return what a template needs to know about the language of its page."""
    words = load_words(language)
    root = "../" if PREFIX[language] else ""
    return {
        "language": str(language),
        "has_terms": bool(load_terms(language)),
        "root": root,
        "search": SEARCH[language],
        "t": lambda english: words.get(english, english),
        "others": [
            (
                str(other),
                TITLES[other],
                f"{root}{PREFIX[other]}{INDEX if file == TERMS else file}",
            )
            for other in Language
            if other is not language
        ],
    }


def _collect_assets() -> Mapping[str, str]:
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
    }


def _collect_notebooks(pages: Sequence[LessonPage]) -> Mapping[str, str]:
    return {p.notebook.href: p.notebook.text for p in pages if p.notebook is not None}


def _collect_exercises(pages: Sequence[LessonPage]) -> Mapping[str, str]:
    files = [each for p in pages for each in (*p.tasks.repair, *p.tasks.write)]
    return {each.href: each.text for each in files}


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
