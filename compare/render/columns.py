"""Code of two programs in columns, piece beside piece, in the terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Group
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rich.console import RenderableType

MIN_COLUMN_WIDTH = 56  # characters of a column, below which one stands under the other
MARGIN = 15  # characters beside the code
GAP = 2
MARK = "\N{RIGHT ONE EIGHTH BLOCK}"
GOES_ON = "\N{RIGHTWARDS ARROW WITH HOOK} "


@dataclass(frozen=True, kw_only=True)
class Side:
    """One program, cut into pieces.

    Args:
        title: above its column.
        pieces: name -> code.
        margins: name -> what stands beside the code, line by line.
        marked: name -> numbers of lines to mark, from 0.
    """

    title: str
    pieces: Mapping[str, str]
    margins: Mapping[str, Sequence[str]] = field(default_factory=dict)
    marked: Mapping[str, Collection[int]] = field(default_factory=dict)


def piece_names(sides: Sequence[Side]) -> list[str]:
    """Every piece that any side has, in order."""
    return list(dict.fromkeys(name for side in sides for name in side.pieces))


def render_columns(sides: Sequence[Side], *, width: int) -> RenderableType:
    """All pieces: the sides beside each other where there is room, else in turn."""
    beside = [render_piece(sides, name, width=width) for name in piece_names(sides)]
    parts = (
        [render_titles(sides, width=width), *beside] if fits_side_by_side(sides, width=width) else beside
    )
    return Group(*(part for each in parts for part in (each, Text())))


def render_titles(sides: Sequence[Side], *, width: int) -> RenderableType:
    """The titles above their columns."""
    return _row([Text(side.title, style="bold") for side in sides], width=width)


def render_piece(sides: Sequence[Side], name: str, *, width: int) -> RenderableType:
    """One piece of every side; each under its own title where they stand in turn."""
    if fits_side_by_side(sides, width=width):
        each = _column(len(sides), width=width)
        return _row([_code(side, name, width=each) for side in sides], width=width)
    return Group(
        *(
            part
            for side in sides
            if name in side.pieces
            for part in (
                Text(side.title, style="bold"),
                _code(side, name, width=width),
            )
        )
    )


def fits_side_by_side(sides: Sequence[Side], *, width: int) -> bool:
    """Whether there is room for columns."""
    margin = MARGIN if any(side.margins for side in sides) else 0
    return _column(len(sides), width=width) - margin >= MIN_COLUMN_WIDTH


def _column(count: int, *, width: int) -> int:
    """The characters of each of so many columns."""
    return (width - GAP * (count - 1)) // count


def _row(cells: Sequence[RenderableType], *, width: int) -> Table:
    table = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for _ in cells:
        table.add_column(width=_column(len(cells), width=width), overflow="fold")
    table.add_row(*cells)
    return table


def _code(side: Side, name: str, *, width: int) -> RenderableType:
    """A piece with its marks before it and its margin beside it."""
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    lines = syntax.highlight(side.pieces.get(name, "").rstrip()).split("\n")
    marked, noted = side.marked.get(name, ()), side.margins.get(name, ())
    table = Table.grid(padding=(0, 1, 0, 0), pad_edge=False)
    room = width
    if side.margins:
        table.add_column(width=MARGIN - 1, style="dim", justify="right")
        room -= MARGIN
    if side.marked:
        table.add_column(width=1, style="bold yellow")
        room -= 2
    table.add_column(no_wrap=True)
    for number in range(max(len(lines), len(noted))):
        cells: list[RenderableType] = []
        if side.margins:
            cells.append(noted[number] if number < len(noted) else "")
        if side.marked:
            cells.append(MARK if number in marked else " ")
        line = lines[number] if number < len(lines) else Text()
        table.add_row(*cells, _folded(line, width=room))
    return table


def _folded(line: Text, *, width: int) -> Text:
    """A line in as many as it takes, those that go on further in than it begins."""
    begin = len(line.plain) - len(line.plain.lstrip())
    further = " " * min(begin + 2, width // 2) + GOES_ON
    done: list[Text] = []
    while len(line) > width:
        space = line.plain.rfind(" ", len(further), width + 1)
        head, rest = line.divide([space if space > 0 else width])
        blank = len(rest.plain) - len(rest.plain.lstrip())
        done.append(head)
        line = Text.assemble(further, rest[blank:])
    return Text("\n").join([*done, line])
