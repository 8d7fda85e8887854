"""The catalogue: known differences between PyTorch and TensorFlow, one module each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import cleandoc, getdoc, isfunction
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from compare.errors import unknown_name
from compare.quirks import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from compare.quirks.entry import Problem, Quirk


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry, read from its module."""

    name: str
    title: str
    explanation: str
    quirk: Quirk
    problem: Callable[..., Problem]
    spellings: Mapping[str, Callable[..., Any]]  # in NumPy

    def says(self, spelling: str) -> str:
        """What a spelling does, in one phrase."""
        return getdoc(self.spellings[spelling]) or ""

    def other(self, spelling: str) -> str:
        """The other of the two spellings."""
        first, second = self.spellings
        return second if spelling == first else first


def names() -> list[str]:
    """Every entry's name, in alphabetical order."""
    return [module.name for module in iter_modules(catalogue.__path__)]


@cache
def find(name: str) -> Entry:
    """The entry of this name.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise unknown_name(
            "quirk", name, expected=names(), listed_by="graph-compare quirks"
        )
    module = import_module(f"{catalogue.__name__}.{name}")
    title, _, explanation = cleandoc(module.__doc__ or "").partition("\n\n")
    own = {
        key: value
        for key, value in vars(module).items()
        if isfunction(value) and value.__module__ == module.__name__
    }
    problem = own.pop("problem")
    return Entry(
        name=name,
        title=title.removesuffix("."),
        explanation=explanation,
        quirk=module.QUIRK,
        problem=problem,
        spellings={key: own[key] for key in own if not key.startswith("_")},
    )
