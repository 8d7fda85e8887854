"""The parts of a report: sections and what they contain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare.graphs.pictures.picture import GraphPicture
    from compare.render.table import Table
    from compare.report.run.figures import Figure


@dataclass(frozen=True, kw_only=True)
class Code:
    """A command or a file; with a caption, it is folded."""

    text: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A finding: its heading, its sentences, and its table."""

    heading: str
    sentences: tuple[str, ...]
    table: Table
    is_folded: bool = False  # a similar finding is shown before it


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of a report, in the order in which its parts are shown."""

    ident: str
    title: str
    intro: str
    passages: tuple[Passage, ...] = ()
    figures: tuple[Figure, ...] = ()
    pictures: tuple[GraphPicture, ...] = ()  # of graphs; below the tables
    tables: tuple[Table, ...] = ()
    folded: tuple[Table, ...] = ()  # every figure has its numbers in one of these
    code: tuple[Code, ...] = ()
