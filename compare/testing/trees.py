"""Nested inputs and outputs: tuples, lists, mappings and dataclasses of leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def list_leaves(tree: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each leaf with its path, such as ``logits`` or ``0.mask``; no None.

    A tree that is a leaf itself has an empty path.
    """
    inner = list_children(tree)
    if inner is None:
        if tree is not None:
            yield path, tree
        return
    for name, child in inner:
        yield from list_leaves(child, f"{path}.{name}" if path else name)


def list_children(tree: object) -> list[tuple[str, Any]] | None:
    """Return the parts of a tuple, list, mapping or dataclass; None of a leaf."""
    if isinstance(tree, Mapping):
        return [(str(key), value) for key, value in tree.items()]
    if isinstance(tree, tuple | list):
        names = getattr(tree, "_fields", range(len(tree)))
        return [(str(n), value) for n, value in zip(names, tree, strict=True)]
    if is_dataclass(tree) and not isinstance(tree, type):
        return [(f.name, getattr(tree, f.name)) for f in fields(tree)]
    return None


def replace_leaves(tree: Any, replace: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """Return arguments with other leaves; tuples, lists and dicts are rebuilt."""
    if isinstance(tree, dict):
        return {key: replace_leaves(value, replace) for key, value in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(replace_leaves(each, replace) for each in tree))
    if isinstance(tree, tuple | list):
        return type(tree)(replace_leaves(each, replace) for each in tree)
    return replace(tree)
