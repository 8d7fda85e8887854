"""Links to the official documentation of public names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare.contract import Framework


@dataclass(frozen=True, kw_only=True)
class Api:
    """A public name and the address of its documentation; empty if unknown."""

    name: str
    href: str


def find_api(name: str, *, framework: Framework) -> Api:
    """Return a name with its address from the framework's `api_pages`.

    The longest prefix of the name that `api_pages` contains determines the page. The
    address of a page may contain two fields: ``{name}``, and ``{path}``, which is the
    name with slashes for dots and with the members of a class after a ``#``.
    """
    prefixes = [prefix for prefix in framework.api_pages if name.startswith(prefix)]
    page = framework.api_pages[max(prefixes, key=len)] if prefixes else ""
    return Api(name=name, href=page.format(name=name, path=_format_path(name)))


def _format_path(name: str) -> str:
    parts = name.split(".")
    is_class = [part[0].isupper() for part in parts]
    end = is_class.index(True) + 1 if any(is_class) else len(parts)
    return "#".join(filter(None, ["/".join(parts[:end]), ".".join(parts[end:])]))
