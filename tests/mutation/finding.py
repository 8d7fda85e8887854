"""Find the mutants of a source file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.mutation.edits import Edit, Source
from tests.mutation.mutant import ROOT, Mutant
from tests.mutation.operators import mutate

LONGEST = 60  # characters of an edit in words, on each side


def find_mutants(file: str, *, root: Path = ROOT) -> list[Mutant]:
    """Return the mutants of a file, in the order of its lines.

    Edits that are no valid Python, or that give the same program, are left out.
    """
    source = Source((root / file).read_text("utf-8"))
    original = ast.dump(source.tree)
    found = {}
    for node in _mutated_nodes(source.tree):
        for edit in mutate(node, source):
            mutant = _name_edit(edit, node, source=source, file=file)
            text = mutant.apply(source.data)
            if (tree := _parse(text)) and tree != original:
                found.setdefault(tree, mutant)
    return sorted(found.values(), key=lambda m: (m.start, m.end, m.replacement))


def _mutated_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what it contains, without what is never mutated."""
    yield node
    for child in _mutated_children(node):
        yield from _mutated_nodes(child)


def _mutated_children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children of a node that are mutated."""
    if isinstance(node, ast.Raise | ast.JoinedStr):
        return
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "type_params"}:
            continue
        if name == "decorator_list":  # dropped as a whole; options of dataclasses
            continue
        children = value if isinstance(value, list) else [value]
        for child in children:
            if isinstance(child, ast.AST) and not _is_excluded(child):
                yield child


def _is_excluded(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _name_edit(edit: Edit, node: ast.AST, *, source: Source, file: str) -> Mutant:
    """Return the mutant of an edit, with its line and the edit in words."""
    before = source.data[edit.start : edit.end].decode()
    # A dropped argument starts with the comma before it, often in the line above.
    start = edit.start + len(before) - len(before.lstrip(", \n"))
    number = source.line_number(start)
    column = start - source.line_start(number)
    return Mutant(
        file=file,
        start=edit.start,
        end=edit.end,
        replacement=edit.replacement,
        line=number,
        within=source.within(node),
        source=source.line(number),
        operator=edit.operator,
        edit=f"{edit.operator} at {column}: {_shorten(before)} -> "
        f"{_shorten(edit.replacement) or 'nothing'}",
    )


def _shorten(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= LONGEST else joined[: LONGEST - 1] + "…"


def _parse(data: bytes) -> str:
    """Return the syntax tree of a text as a string; empty if it is no valid Python."""
    try:
        tree = ast.parse(data)
        compile(tree, "mutant", "exec")
    except (SyntaxError, ValueError):
        return ""
    return ast.dump(tree)
