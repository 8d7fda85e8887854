"""Which of the functions and models that a cell defines are compared."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from compare.errors import UsageError
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MOST = 2
ADVICE = "Names that begin with an underscore are left out"


def select_functions(
    source: str, namespace: Mapping[str, Any]
) -> dict[str, Callable[..., Any]]:
    """Return the one or two functions of a cell that are compared, by name, in order.

    These are the functions that it defines with ``def``; if there are none, the
    callable values that it assigns, such as models. A name with a leading underscore is
    left out.

    Args:
        source: the Python code of the cell, which has been executed.
        namespace: the values of the names.

    Raises:
        UsageError: there are none, or more than two.
    """
    body = ast.parse(source).body
    defined = [n.name for n in body if isinstance(n, ast.FunctionDef)]
    assigned = [name for node in body for name in _list_assigned(node)]
    found = _select(defined, namespace) or _select(assigned, namespace)
    if not found:
        raise UsageError(
            "%%compare: expected a cell that defines one or two functions or models; "
            f"found none. {ADVICE}"
        )
    if len(found) > MOST:
        names = join_words(found, conjunction="and")
        raise UsageError(
            "%%compare: expected a cell that defines one or two functions or models; "
            f"found {format_count(len(found), 'name')}: {names}. {ADVICE}"
        )
    return found


def _list_assigned(node: ast.stmt) -> Iterator[str]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        inner = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        yield from (each.id for each in inner if isinstance(each, ast.Name))


def _select(
    names: list[str], namespace: Mapping[str, Any]
) -> dict[str, Callable[..., Any]]:
    values = {n: namespace.get(n) for n in names if not n.startswith("_")}
    return {
        name: value
        for name, value in values.items()
        if callable(value) and not isinstance(value, type)
    }
