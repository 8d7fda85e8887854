"""Edits of source text at the nodes of a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate


@dataclass(frozen=True)
class Edit:
    """The replacement of a part of a source text, by byte offsets."""

    start: int
    end: int
    replacement: str
    operator: str


class Source:
    """A source text, its syntax tree, and the text of each node."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self.tree = ast.parse(text)
        lengths = [len(line) for line in self.data.splitlines(keepends=True)]
        self._starts = [0, *accumulate(lengths)]
        self.parents = {
            child: node
            for node in ast.walk(self.tree)
            for child in ast.iter_child_nodes(node)
        }

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names that import statements define."""
        return frozenset(
            (alias.asname or alias.name).split(".")[0]
            for statement in ast.walk(self.tree)
            if isinstance(statement, ast.Import | ast.ImportFrom)
            for alias in statement.names
        )

    def start(self, node: ast.AST) -> int:
        """Return the offset of a node's first byte."""
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.AST) -> int:
        """Return the offset after a node's last byte."""
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.AST) -> str:
        """Return the source of a node."""
        return self.data[self.start(node) : self.end(node)].decode()

    def line(self, number: int) -> str:
        """Return a line, numbered from 1, without indentation."""
        start, end = self._starts[number - 1 : number + 1]
        return self.data[start:end].decode().strip()

    def line_start(self, number: int) -> int:
        """Return the offset of the first byte of a line that is not indentation."""
        start = self._starts[number - 1]
        line = self.data[start : self._starts[number]]
        return start + len(line) - len(line.lstrip())

    def line_number(self, offset: int) -> int:
        """Return the number of the line that contains an offset."""
        return sum(start <= offset for start in self._starts)

    def replace(self, node: ast.AST, replacement: str, operator: str) -> Edit:
        """Return an edit that replaces a node."""
        return Edit(self.start(node), self.end(node), replacement, operator)

    def swap(self, one: ast.AST, other: ast.AST, operator: str) -> Edit:
        """Return an edit that exchanges two nodes in one line or several."""
        between = self.data[self.end(one) : self.start(other)].decode()
        swapped = self.text(other) + between + self.text(one)
        return Edit(self.start(one), self.end(other), swapped, operator)

    def within(self, node: ast.AST) -> str:
        """Return the dotted name of the functions and classes around a node."""
        names = [
            parent.name
            for parent in self.ancestors(node)
            if isinstance(parent, ast.FunctionDef | ast.ClassDef)
        ]
        return ".".join(reversed(names))

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around a node, the nearest first."""
        while node := self.parents.get(node):
            yield node
