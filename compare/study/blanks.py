"""Exercise programs: a lesson's program without one step, or with a mistake."""

from __future__ import annotations

import ast
from enum import StrEnum
from textwrap import indent
from typing import TYPE_CHECKING

from compare.study.program import MARKER, apply_change, only_defines, split_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.study.guide import Guide

BLANK = "...  # write this"


class ExerciseKind(StrEnum):
    """What a reader does with the program of an exercise."""

    REPAIR = "repair"  # it has a mistake
    WRITE = "write"  # one step is missing


def make_exercise(source: str, guide: Guide, kind: ExerciseKind, *, name: str) -> str:
    """Return the program that an exercise begins with.

    Args:
        source: the lesson's program.
        guide: with the exercises of the lesson.
        kind: of the exercise.
        name: the lesson.

    Raises:
        DataError: the text to replace is not in the program exactly once.
    """
    if kind is ExerciseKind.REPAIR:
        return plant_mistake(source, guide, name=name)
    return blank_step(source, guide.write)


def plant_mistake(source: str, guide: Guide, *, name: str) -> str:
    """Return a program with the mistake of the repair exercise of a lesson.

    Raises:
        DataError: the text to replace is not in the program exactly once.
    """
    return apply_change(source, guide.repair.mistake, what=f"repair exercise of {name}")


def blank_step(source: str, step: str) -> str:
    """Return a program in which one step is left to write.

    Of a step that defines functions, their signatures and docstrings stay. Any other
    step is replaced as a whole.
    """
    code = split_steps(source)[step]
    marker = next(match for match in MARKER.finditer(source) if match[2] == step)
    head, _, rest = source.partition(marker[0])
    replacement = (
        _blank_functions(code) if only_defines(code) else indent(BLANK, marker[1])
    )
    return f"{head}{marker[0]}{rest.replace(code, replacement, 1)}"


def _blank_functions(code: str) -> str:
    """Return definitions without the bodies of their functions."""
    lines = code.splitlines()
    kept = set(range(len(lines)))
    blanks: dict[int, str] = {}
    for function in _functions(ast.parse(code)):
        first = function.body[0]
        is_documented = ast.get_docstring(function) is not None
        start = (first.end_lineno or 0) if is_documented else first.lineno - 1
        kept -= set(range(start, function.end_lineno or start))
        blanks[start] = f"{' ' * first.col_offset}{BLANK}"
    written = []
    for number in range(len(lines) + 1):
        if number in blanks:
            written.append(blanks[number])
        if number in kept:
            written.append(lines[number])
    return "\n".join(written)


def _functions(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield the functions and methods, without those inside of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child)
