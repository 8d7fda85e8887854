"""Where the official documentation of a public name stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare.contract import Framework


@dataclass(frozen=True, kw_only=True)
class Api:
    """A public name, and the address of its documentation; empty if unknown."""

    name: str
    href: str


def api(name: str, *, framework: Framework) -> Api:
    """A name looked up among the framework's pages: the longest beginning counts.

    A page's address may hold two fields: ``{name}``, and ``{path}``, the name with
    slashes for dots and what belongs to a class after a ``#``.
    """
    found = [start for start in framework.api_pages if name.startswith(start)]
    page = framework.api_pages[max(found, key=len)] if found else ""
    return Api(name=name, href=page.format(name=name, path=_path(name)))


def _path(name: str) -> str:
    parts = name.split(".")
    is_class = [part[0].isupper() for part in parts]
    end = is_class.index(True) + 1 if any(is_class) else len(parts)
    return "#".join(filter(None, ["/".join(parts[:end]), ".".join(parts[end:])]))
