"""The programs of a lesson as notebooks to download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.notebook import file_name, notebook, text
from compare.study.site.folder import NOTEBOOKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.study.lesson import Entry
    from compare.study.results import Results
    from compare.study.site.columns import Column


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """One program as a notebook, and where it is to stand."""

    title: str
    href: str
    text: str


def notebooks(
    entry: Entry, results: Results, *, columns: Sequence[Column]
) -> list[Notebook]:
    """A notebook of every framework that has a program of the lesson."""
    return [
        _notebook(entry, results, column=column) for column in columns if column.source
    ]


def _notebook(entry: Entry, results: Results, *, column: Column) -> Notebook:
    framework = column.framework
    made = notebook(entry, source=column.source, framework=framework, results=results)
    name = file_name(entry.name, framework=framework.name)
    return Notebook(title=column.title, href=f"{NOTEBOOKS}/{name}", text=text(made))
