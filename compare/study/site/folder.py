"""What a site's folder holds, and nothing else: who writes one writes over no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.errors import UsageError
from compare.frameworks import frameworks
from compare.study.notebook import file_name
from compare.study.results import FILE, arrays_file
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX, ASSETS, NOTEBOOKS, RESULTS = "index.html", "assets", "notebooks", "results"
ASSET_FILES = ("style.css", "dark.css", "site.js", "search.js")
MARK = '<meta name="generator" content="graph-compare study">'
MARK_STANDS_BEFORE = 4096  # bytes
NAMED = 3  # foreign files named in the message


def refuse_foreign(folder: Path) -> None:
    """See that a folder is new, empty or a site.

    Raises:
        UsageError: it holds something that no site does.
    """
    if folder.exists() and not folder.is_dir():
        raise _refusal(folder, "which is a file")
    foreign = sorted(str(path.relative_to(folder)) for path in _foreign(folder))
    if foreign:
        raise _refusal(folder, f"which holds {_named(foreign)}")


def remove_stale(folder: Path, *, keep: set[str]) -> None:
    """Remove pages and notebooks of lessons that are not among those written now."""
    for page in folder.glob("*.html"):
        if page.name not in keep and _is_marked(page):
            page.unlink()
            for framework in frameworks():
                notebook = file_name(page.stem, framework=framework)
                (folder / NOTEBOOKS / notebook).unlink(missing_ok=True)


def _foreign(folder: Path) -> Iterator[Path]:
    expected = {ASSETS: _is_asset, NOTEBOOKS: _is_notebook, RESULTS: _is_result}
    for path in folder.iterdir() if folder.exists() else ():
        if path.is_dir() and not path.is_symlink() and path.name in expected:
            yield from (
                each for each in path.iterdir() if not expected[path.name](each)
            )
        elif not (path.suffix == ".html" and path.is_file() and _is_marked(path)):
            yield path


def _is_marked(path: Path) -> bool:
    """Whether a page says itself that it was written here."""
    with path.open("rb") as file:
        return MARK.encode() in file.read(MARK_STANDS_BEFORE)


def _is_asset(path: Path) -> bool:
    return path.name in ASSET_FILES


def _is_notebook(path: Path) -> bool:
    """Whether it is called like one, be it of a lesson that is gone by now."""
    return any(path.match(file_name("*", framework=name)) for name in frameworks())


def _is_result(path: Path) -> bool:
    """Whether it is called like one, be it of a lesson that is gone by now."""
    patterns = (
        arrays_file(path.parent, "*", framework, changed=changed).name
        for framework in frameworks()
        for changed in (False, True)
    )
    return path.name == FILE or any(map(path.match, patterns))


def _named(foreign: list[str]) -> str:
    if len(foreign) > NAMED:
        return f"{', '.join(foreign[:NAMED])} and {len(foreign) - NAMED} more"
    return join_words(foreign, conjunction="and")


def _refusal(folder: Path, received: str) -> UsageError:
    return UsageError(
        "--html: expected a folder that is new, empty or such a site; received "
        f'"{folder}", {received}. Nothing was written: choose another'
    )
