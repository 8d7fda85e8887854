"""The test that pytest runs now, as the plugin has noted it. Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_ITEM: list[Any] = []


def enter(item: Any) -> None:  # noqa: ANN401 - a pytest.Item, which is not imported here
    """Note that a test starts."""
    _ITEM[:] = [item]


def leave() -> None:
    """Note that a test has ended."""
    _ITEM.clear()


def node_id() -> str:
    """Return pytest's name of the test; empty outside a test."""
    return _ITEM[0].nodeid if _ITEM else ""


def file() -> str:
    """Return the test's file; empty outside a test."""
    return str(_ITEM[0].path) if _ITEM else ""


def make_folder() -> Path | None:
    """Return a folder in pytest's cache for files about failures; None without one."""
    cache = getattr(_ITEM[0].config, "cache", None) if _ITEM else None
    found: Path | None = cache.mkdir("graph-compare") if cache else None
    return found
