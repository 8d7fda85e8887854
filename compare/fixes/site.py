"""A line of a source file, and how nodes of its syntax tree are replaced.

Source texts are changed with LibCST, which keeps comments and formatting.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Node = TypeVar("Node", bound=cst.CSTNode)
STATEMENTS = (cst.SimpleStatementLine, cst.BaseCompoundStatement)
MODULES = {"torch": "torch", "tf": "tensorflow"}  # framework -> its module


@dataclass(frozen=True)
class Site:
    """The line of a break in a source file.

    Attributes:
        source: the text of the file.
        line: from 1.
        framework: its short name, ``torch`` or ``tf``.
    """

    source: str
    line: int
    framework: str

    @cached_property
    def _wrapper(self) -> MetadataWrapper:
        return MetadataWrapper(cst.parse_module(self.source))

    @property
    def module(self) -> cst.Module:
        """The syntax tree. Nodes of other methods belong to it.

        Raises:
            libcst.ParserSyntaxError: the text is no Python.
        """
        return self._wrapper.module

    @cached_property
    def _lines(self) -> Mapping[cst.CSTNode, tuple[int, int]]:
        found = self._wrapper.resolve(PositionProvider)
        return {n: (p.start.line, p.end.line) for n, p in found.items()}

    @cached_property
    def _parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        return self._wrapper.resolve(ParentNodeProvider)

    def parents(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield the nodes around a node, from the inside."""
        while (found := self._parents.get(node)) is not None:
            yield found
            node = found

    @cached_property
    def statement(self) -> cst.BaseStatement | None:
        """The innermost statement at the line; None at an empty line."""
        around = [
            (last - first, -first, node)
            for node, (first, last) in self._lines.items()
            if isinstance(node, STATEMENTS) and first <= self.line <= last
        ]
        if not around:
            return None
        found = min(around, key=lambda each: each[:2])[2]
        assert isinstance(found, cst.BaseStatement)
        return found

    @property
    def headers(self) -> tuple[cst.CSTNode, ...]:
        """The parts of the statement that run at the line itself."""
        match self.statement:
            case None:
                return ()
            case cst.If(test=test) | cst.While(test=test):
                return (test,)
            case cst.For(iter=items):
                return (items,)
            case cst.With(items=items):
                return tuple(items)
            case cst.SimpleStatementLine() as simple:
                return (simple,)
            case _:
                return ()

    @cached_property
    def function(self) -> cst.FunctionDef | None:
        """The function around the line."""
        around = (
            [self.statement, *self.parents(self.statement)] if self.statement else []
        )
        return next((n for n in around if isinstance(n, cst.FunctionDef)), None)

    @cached_property
    def class_(self) -> cst.ClassDef | None:
        """The class around the line."""
        around = self.parents(self.statement) if self.statement else ()
        return next((n for n in around if isinstance(n, cst.ClassDef)), None)

    @cached_property
    def api(self) -> str:
        """The name under which the file imports the framework; empty if it does not."""
        return find_alias(self.module, MODULES.get(self.framework, ""))

    @cached_property
    def numpy(self) -> str:
        """The name under which the file imports NumPy; empty if it does not."""
        return find_alias(self.module, "numpy")

    @cached_property
    def math(self) -> str:
        """The name under which the file imports Python's ``math``; empty without."""
        return find_alias(self.module, "math")

    def neighbour(self, node: cst.CSTNode) -> str:
        """Return the name of the other operand, whose dtype a number would take."""
        around = next(iter(self.parents(node)), None)
        if not isinstance(around, cst.BinaryOperation):
            return ""
        other = around.left if around.right is node else around.right
        return dotted(other)

    def called_functions(self) -> list[cst.FunctionDef]:
        """Return the functions of this file that the line calls by name."""
        names = {
            call.rpartition(".")[2]
            for header in self.headers
            for node in walk(header)
            if isinstance(node, cst.Call) and (call := dotted(node.func))
        }
        return [
            node
            for node in walk(self.module)
            if isinstance(node, cst.FunctionDef) and node.name.value in names
        ]

    def replace(self, changes: Mapping[cst.CSTNode, cst.CSTNode]) -> str | None:
        """Return the text with nodes replaced; None if nothing changes."""
        changed = self.module.visit(Replace(changes)).code
        return changed if changed != self.source else None


class Replace(cst.CSTTransformer):
    """Replaces nodes by identity, all in one pass: a pass copies every node."""

    def __init__(self, changes: Mapping[cst.CSTNode, cst.CSTNode]) -> None:
        super().__init__()
        self.changes = changes

    def on_leave(  # type: ignore[override]  # nodes of any kind, checked when printed
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        """Return what replaces a node."""
        return self.changes.get(original_node, updated_node)


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and everything in it."""
    yield node
    for child in node.children:
        yield from walk(child)


def dotted(node: cst.CSTNode) -> str:
    """Return a name such as ``self.log.info``; empty if it is no chain of names."""
    match node:
        case cst.Name(value=name):
            return name
        case cst.Attribute(value=value, attr=cst.Name(value=name)):
            before = dotted(value)
            return f"{before}.{name}" if before else ""
        case _:
            return ""


def find_alias(module: cst.Module, name: str) -> str:
    """Return the name under which a module imports another; empty if it does not."""
    for node in walk(module):
        if not isinstance(node, cst.Import):
            continue
        for each in node.names:
            if dotted(each.name) == name:
                return dotted(each.asname.name) if each.asname else name
    return ""


def expression(text: str) -> cst.BaseExpression:
    """Return the syntax tree of an expression."""
    return cst.parse_expression(text)


def code(node: cst.CSTNode) -> str:
    """Return the text of a node."""
    return cst.Module(body=[]).code_for_node(node)
