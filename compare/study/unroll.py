"""A program without its ``main``: the same statements, one after another, in cells.

Nothing is rewritten but what has to be: the body of ``main`` moves to the left, and the
arrays that it returns get a name.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from compare.study.program import FOOTER, MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ARRAYS = "arrays"  # the name of what main returned
INDENT = " " * 4


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The code of one cell and the steps that begin in it; none before the first."""

    steps: tuple[str, ...]
    code: str


def pieces(source: str) -> list[Piece]:
    """A program in cells, cut at its markers.

    A marker inside a statement, such as a loop, stays there: the cell begins with that
    statement.
    """
    lines = unrolled(source)
    cuts = sorted({0, *_cuts(lines), len(lines)})
    return [_piece(lines[start:end]) for start, end in pairwise(cuts)]


def unrolled(source: str) -> list[str]:
    """A program's lines without its docstring and with ``main``'s body in its place.

    The last one shows the arrays.
    """
    program = source.partition(FOOTER)[0]
    tree = ast.parse(program)
    main = next(
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    )
    lines = _returned_named(main, program.splitlines())
    body = lines[_after_docstring(main) : main.end_lineno]
    return [
        *lines[_after_docstring(tree) : main.lineno - 1],
        *(line.removeprefix(INDENT) for line in body),
        *lines[main.end_lineno :],
        ARRAYS,
    ]


def _after_docstring(node: ast.Module | ast.FunctionDef) -> int:
    """How many lines end with the docstring: every program and main has one."""
    return node.body[0].end_lineno or 0


def _returned_named(main: ast.FunctionDef, lines: Sequence[str]) -> list[str]:
    """The lines, where what ``main`` returned is named: the one place where it does."""
    (found,) = _returns(main)
    number, column = found.lineno - 1, found.col_offset
    named = lines[number][:column] + lines[number][column:].replace(
        "return", f"{ARRAYS} =", 1
    )
    return [*lines[:number], named, *lines[number + 1 :]]


def _returns(node: ast.AST) -> Iterator[ast.Return]:
    """Where a function returns, and no function inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, ast.FunctionDef):
            yield from _returns(child)


def _cuts(lines: Sequence[str]) -> Iterator[int]:
    """Where cells begin: markers at the margin, statements that hold other markers."""
    marked = [number for number, line in enumerate(lines) if MARKER.match(line)]
    yield from (number for number in marked if not lines[number].startswith(" "))
    for statement in ast.parse("\n".join(lines)).body:
        inside = range(statement.lineno, statement.end_lineno or 0)
        if any(number in inside for number in marked):
            yield _with_comments(lines, statement.lineno - 1)


def _with_comments(lines: Sequence[str], number: int) -> int:
    """The first of the comments that stand right above a line."""
    while number and lines[number - 1].startswith("#"):
        number -= 1
    return number


def _piece(lines: Sequence[str]) -> Piece:
    steps = tuple(match[2] for line in lines if (match := MARKER.match(line)))
    kept = [line for line in lines if line.startswith(" ") or not MARKER.match(line)]
    return Piece(steps=steps, code="\n".join(kept).strip("\n"))
