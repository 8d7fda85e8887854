"""Show the code of several programs in the terminal, in columns next to each other."""

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

MIN_COLUMN_WIDTH = 56  # characters; narrower columns are printed one after another
MARGIN = 15  # characters to the left of the code
GAP = 2
MARK = "\N{RIGHT ONE EIGHTH BLOCK}"
CONTINUATION = "\N{RIGHTWARDS ARROW WITH HOOK} "


@dataclass(frozen=True, kw_only=True)
class Side:
    """One program, divided into pieces.

    Args:
        title: printed above its column.
        pieces: the code of each piece, by the name of the piece.
        margins: the text to the left of each line of a piece, by its name.
        marked: the numbers of the lines to mark in a piece, from 0, by its name.
    """

    title: str
    pieces: Mapping[str, str]
    margins: Mapping[str, Sequence[str]] = field(default_factory=dict)
    marked: Mapping[str, Collection[int]] = field(default_factory=dict)


def piece_names(sides: Sequence[Side]) -> list[str]:
    """Return the name of every piece of any program, in order, without duplicates."""
    return list(dict.fromkeys(name for side in sides for name in side.pieces))


def render_columns(sides: Sequence[Side], *, width: int) -> RenderableType:
    """Return all pieces of some programs.

    The programs are next to each other if there is room, else each piece of one
    program is followed by the same piece of the next.
    """
    pieces = [render_piece(sides, name, width=width) for name in piece_names(sides)]
    parts = (
        [render_titles(sides, width=width), *pieces]
        if fits_side_by_side(sides, width=width)
        else pieces
    )
    return Group(*(part for each in parts for part in (each, Text())))


def render_titles(sides: Sequence[Side], *, width: int) -> RenderableType:
    """Return the titles of the columns."""
    return _make_row([Text(side.title, style="bold") for side in sides], width=width)


def render_piece(sides: Sequence[Side], name: str, *, width: int) -> RenderableType:
    """Return one piece of every program.

    Without room for columns, each program's code follows its own title.
    """
    if fits_side_by_side(sides, width=width):
        each = _column_width(len(sides), width=width)
        return _make_row(
            [_render_code(side, name, width=each) for side in sides], width=width
        )
    return Group(
        *(
            part
            for side in sides
            if name in side.pieces
            for part in (
                Text(side.title, style="bold"),
                _render_code(side, name, width=width),
            )
        )
    )


def fits_side_by_side(sides: Sequence[Side], *, width: int) -> bool:
    """Return whether there is room for one column per program."""
    margin = MARGIN if any(side.margins for side in sides) else 0
    return _column_width(len(sides), width=width) - margin >= MIN_COLUMN_WIDTH


def _column_width(count: int, *, width: int) -> int:
    """Return the width of each of `count` columns, in characters."""
    return (width - GAP * (count - 1)) // count


def _make_row(cells: Sequence[RenderableType], *, width: int) -> Table:
    table = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for _ in cells:
        table.add_column(width=_column_width(len(cells), width=width), overflow="fold")
    table.add_row(*cells)
    return table


def _render_code(side: Side, name: str, *, width: int) -> RenderableType:
    """Return a piece with its margin and its marks to the left of the code."""
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    lines = syntax.highlight(side.pieces.get(name, "").rstrip()).split("\n")
    marked, margin = side.marked.get(name, ()), side.margins.get(name, ())
    table = Table.grid(padding=(0, 1, 0, 0), pad_edge=False)
    room = width
    if side.margins:
        table.add_column(width=MARGIN - 1, style="dim", justify="right")
        room -= MARGIN
    if side.marked:
        table.add_column(width=1, style="bold yellow")
        room -= 2
    table.add_column(no_wrap=True)
    for number in range(max(len(lines), len(margin))):
        cells: list[RenderableType] = []
        if side.margins:
            cells.append(Text(margin[number] if number < len(margin) else ""))
        if side.marked:
            cells.append(MARK if number in marked else " ")
        line = lines[number] if number < len(lines) else Text()
        table.add_row(*cells, _wrap_line(line, width=room))
    return table


def _wrap_line(line: Text, *, width: int) -> Text:
    """Return a line broken to a width; continuation lines are indented further."""
    begin = len(line.plain) - len(line.plain.lstrip())
    further = " " * min(begin + 2, width // 2) + CONTINUATION
    done: list[Text] = []
    while len(line) > width:
        space = line.plain.rfind(" ", len(further), width + 1)
        head, rest = line.divide([space if space > 0 else width])
        blank = len(rest.plain) - len(rest.plain.lstrip())
        done.append(head)
        line = Text.assemble(further, rest[blank:])
    return Text("\n").join([*done, line])
