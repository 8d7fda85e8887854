"""Convert a program with a ``main`` function into a sequence of notebook cells.

The statements are not rewritten, with two exceptions: the body of ``main`` is dedented,
and the arrays that ``main`` returns are assigned to a name.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from compare.study.program import FOOTER, MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ARRAYS = "arrays"  # the name that the return value of main is assigned to
INDENT = " " * 4


@dataclass(frozen=True, kw_only=True)
class CodeCell:
    """The code of one cell, and the steps that begin in it.

    The code before the first step belongs to no step.
    """

    steps: tuple[str, ...]
    code: str


def split_cells(source: str) -> list[CodeCell]:
    """Return a program as cells, split at its markers.

    A marker inside a compound statement, such as a loop, does not split it: the cell
    begins with that statement.
    """
    lines = unroll_main(source)
    cuts = sorted({0, *_find_cuts(lines), len(lines)})
    return [_build_cell(lines[start:end]) for start, end in pairwise(cuts)]


def unroll_main(source: str) -> list[str]:
    """Return a program's lines with the body of ``main`` in place of the function.

    The module docstring is left out. The last line shows the arrays.
    """
    program = source.partition(FOOTER)[0]
    tree = ast.parse(program)
    main = next(
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    )
    lines = _assign_return_value(main, program.splitlines())
    body = lines[_docstring_end(main) : main.end_lineno]
    # This would also dedent a multi-line string; no program has one in `main`.
    return [
        *lines[_docstring_end(tree) : main.lineno - 1],
        *(line.removeprefix(INDENT) for line in body),
        *lines[main.end_lineno :],
        ARRAYS,
    ]


def _docstring_end(node: ast.Module | ast.FunctionDef) -> int:
    """Return the last line of the docstring, which every program and main has."""
    return node.body[0].end_lineno or 0


def _assign_return_value(main: ast.FunctionDef, lines: Sequence[str]) -> list[str]:
    """Replace ``return`` in ``main`` by an assignment.

    A notebook cell cannot return. Every program has exactly one ``return`` in ``main``
    itself; those of nested functions stay.
    """
    (found,) = _find_returns(main)
    number, column = found.lineno - 1, found.col_offset
    assigned = lines[number][:column] + lines[number][column:].replace(
        "return", f"{ARRAYS} =", 1
    )
    return [*lines[:number], assigned, *lines[number + 1 :]]


def _find_returns(node: ast.AST) -> Iterator[ast.Return]:
    """Yield the return statements of a function, without those of nested functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, ast.FunctionDef):
            yield from _find_returns(child)


def _find_cuts(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines at which cells begin.

    These are markers without indentation, and statements that contain other markers.
    """
    marked = [number for number, line in enumerate(lines) if MARKER.match(line)]
    yield from (number for number in marked if not lines[number].startswith(" "))
    for statement in ast.parse("\n".join(lines)).body:
        # An indented marker can only be inside a statement: splitting there would
        # leave a loop without its body.
        inside = range(statement.lineno, statement.end_lineno or 0)
        if any(number in inside for number in marked):
            yield _include_comments(lines, statement.lineno - 1)


def _include_comments(lines: Sequence[str], number: int) -> int:
    """Return the first of the comment lines directly above a line."""
    while number and lines[number - 1].startswith("#"):
        number -= 1
    return number


def _build_cell(lines: Sequence[str]) -> CodeCell:
    steps = tuple(match[2] for line in lines if (match := MARKER.match(line)))
    kept = [line for line in lines if line.startswith(" ") or not MARKER.match(line)]
    return CodeCell(steps=steps, code="\n".join(kept).strip("\n"))
