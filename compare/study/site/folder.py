"""The files of a site's folder, and checks that no other files are overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.errors import UsageError
from compare.frameworks import frameworks_with
from compare.study.blanks import ExerciseKind
from compare.study.notebook import notebook_file
from compare.study.results import RECORD_FILE, Version, arrays_file, graph_file
from compare.study.translation import Language
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX, NOTES = "index.html", "notes.html"
QUIRKS, CHEAT_SHEET, TERMS = "quirks.html", "cheat.html", "terms.html"
ASSETS, NOTEBOOKS, RESULTS = "assets", "notebooks", "results"
EXERCISES = "exercises"
PREFIX = {Language.ENGLISH: "", Language.KOREAN: "ko/"}  # of the pages in a language
SEARCH = {Language.ENGLISH: "search.js", Language.KOREAN: "search.ko.js"}
ASSET_FILES = ("style.css", "dark.css", "site.js", *SEARCH.values())
GENERATOR = '<meta name="generator" content="graph-compare study">'
GENERATOR_WITHIN = 4096  # bytes at the beginning of a page
LISTED_FILES = 3  # foreign files that the error message lists


def refuse_foreign_files(folder: Path) -> None:
    """Raise an error unless a folder is new, empty or a site.

    Raises:
        UsageError: it contains files that do not belong to a site, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise _refusal(folder, "which is a file")
    foreign = sorted(
        str(path.relative_to(folder)) for path in _find_foreign_files(folder)
    )
    if foreign:
        raise _refusal(folder, f"which contains {_format_files(foreign)}")


def remove_stale_files(folder: Path, *, keep: set[str]) -> None:
    """Remove the pages of an earlier site that are not written again.

    Each with the notebook and the exercises of its lesson.
    """
    for page in (*folder.glob("*.html"), *folder.glob("*/*.html")):
        if not _is_generated(page):
            continue
        if page.relative_to(folder).as_posix() not in keep:
            page.unlink()
        files = [
            f"{NOTEBOOKS}/{notebook_file(page.stem)}",
            *(f"{EXERCISES}/{name}" for name in exercise_files(page.stem)),
        ]
        for file in files:
            if file not in keep:
                (folder / file).unlink(missing_ok=True)


def exercise_file(lesson: str, framework: str, kind: ExerciseKind) -> str:
    """Return the name of the program that an exercise begins with."""
    return f"{lesson}.{framework}.{kind}.py"


def exercise_files(lesson: str) -> list[str]:
    """Return the names of the programs that a lesson's exercises begin with."""
    return [
        exercise_file(lesson, framework, kind)
        for framework in frameworks_with("lessons")
        for kind in ExerciseKind
    ]


def _find_foreign_files(folder: Path) -> Iterator[Path]:
    expected = {
        ASSETS: _is_asset,
        NOTEBOOKS: _is_notebook,
        EXERCISES: _is_exercise,
        RESULTS: _is_result,
        **{prefix.rstrip("/"): _is_page for prefix in PREFIX.values() if prefix},
    }
    for path in folder.iterdir() if folder.exists() else ():
        if path.is_dir() and not path.is_symlink() and path.name in expected:
            yield from (
                each for each in path.iterdir() if not expected[path.name](each)
            )
        elif not _is_page(path):
            yield path


def _is_generated(path: Path) -> bool:
    """Return whether a page names this program as its generator."""
    with path.open("rb") as file:
        return GENERATOR.encode() in file.read(GENERATOR_WITHIN)


def _is_page(path: Path) -> bool:
    return path.suffix == ".html" and path.is_file() and _is_generated(path)


def _is_asset(path: Path) -> bool:
    return path.name in ASSET_FILES


def _is_notebook(path: Path) -> bool:
    """Return whether the name is that of a notebook, also of a removed lesson."""
    return path.match(notebook_file("*"))


def _is_exercise(path: Path) -> bool:
    """Return whether the name is that of a program, also of a removed lesson."""
    return any(map(path.match, exercise_files("*")))


def _is_result(path: Path) -> bool:
    """Return whether the name is that of a result, also of a removed lesson."""
    names = list(frameworks_with("lessons"))
    patterns = (
        arrays_file(path.parent, "*", framework, version).name
        for framework in names
        for version in Version
    )
    graphs = (graph_file(path.parent, "*", name).name for name in names)
    is_array = any(map(path.match, patterns))
    return path.name == RECORD_FILE or is_array or any(map(path.match, graphs))


def _format_files(names: list[str]) -> str:
    if len(names) > LISTED_FILES:
        return f"{', '.join(names[:LISTED_FILES])} and {len(names) - LISTED_FILES} more"
    return join_words(names, conjunction="and")


def _refusal(folder: Path, received: str) -> UsageError:
    return UsageError(
        "--html: expected a folder that is new, empty or an earlier site; received "
        f'"{folder}", {received}. Nothing was written; choose another folder'
    )
