"""What a report is made of: sections, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare.render.table import Table
    from compare.report.run.figures import Figure


@dataclass(frozen=True, kw_only=True)
class Code:
    """Something to type or to read as it is; one with a caption is shown on request."""

    text: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A finding: its heading, what is to be said, and its table."""

    heading: str
    sentences: tuple[str, ...]
    table: Table
    is_folded: bool = False  # one like it stands before it


@dataclass(frozen=True, kw_only=True)
class Section:
    """One heading of the report and what stands under it."""

    ident: str
    title: str
    intro: str
    passages: tuple[Passage, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()  # shown
    folded: tuple[Table, ...] = ()  # shown on request; every figure has one
    code: tuple[Code, ...] = ()
