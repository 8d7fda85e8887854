"""Nested inputs and outputs: tuples, lists, mappings and dataclasses of leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
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


def replace_leaves(tree: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """Return arguments with other leaves, which are visited as `list_leaves` does.

    Tuples, lists, mappings and dataclasses are rebuilt. None stays.
    """
    children = list_children(tree)
    if children is None:
        return tree if tree is None else change(tree)
    changed = [replace_leaves(child, change) for _, child in children]
    make: Any = type(tree)
    if isinstance(tree, Mapping):
        return make(dict(zip(tree, changed, strict=True)))
    if isinstance(tree, tuple | list):
        return make(*changed) if hasattr(tree, "_fields") else make(changed)
    names = (name for name, _ in children)
    return replace(tree, **dict(zip(names, changed, strict=True)))
