"""Catalogue of known differences between frameworks, one module each.

A quirk can be written in two ways, its spellings. A catalogue module explains a quirk
and implements both spellings in NumPy. The implementation packages implement them in
their framework; a package may lack a quirk that has no meaning there.

May import `compare.numerics`, `compare.errors` and `compare.contract`. Workers import
this package, so it must not import pandas or a rendering library.

Public names: `QuirkEntry`, `find_quirk` and `quirk_names`; `Part`, `Problem` and
`Quirk` in `entry`; the NumPy functions in `operations`, which several catalogue modules
use.
"""

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
class QuirkEntry:
    """A quirk as read from its module in the catalogue.

    Args:
        name: the module's name.
        title: the first line of the module's docstring.
        explanation: the rest of the docstring.
        quirk: topic, part of the training step, and defaults.
        problem: draws a small training problem that shows the difference.
        spellings: name -> NumPy implementation, for both spellings.
    """

    name: str
    title: str
    explanation: str
    quirk: Quirk
    problem: Callable[..., Problem]
    spellings: Mapping[str, Callable[..., Any]]

    def describe(self, spelling: str) -> str:
        """Return the one-line description of a spelling."""
        return getdoc(self.spellings[spelling]) or ""

    def other_spelling(self, spelling: str) -> str:
        """Return the name of the other spelling."""
        first, second = self.spellings
        return second if spelling == first else first


def quirk_names() -> list[str]:
    """Return the names of all quirks in alphabetical order."""
    return [module.name for module in iter_modules(catalogue.__path__)]


@cache
def find_quirk(name: str) -> QuirkEntry:
    """Return the catalogue entry of this name.

    Raises:
        UsageError: no quirk has this name.
    """
    names = quirk_names()
    if name not in names:
        raise unknown_name(
            "quirk", name, expected=names, listed_by="graph-compare quirks"
        )
    module = import_module(f"{catalogue.__name__}.{name}")
    title, _, explanation = cleandoc(module.__doc__ or "").partition("\n\n")
    own = {
        key: value
        for key, value in vars(module).items()
        if isfunction(value) and value.__module__ == module.__name__
    }
    problem = own.pop("problem")
    return QuirkEntry(
        name=name,
        title=title.removesuffix("."),
        explanation=explanation,
        quirk=module.QUIRK,
        problem=problem,
        spellings={key: own[key] for key in own if not key.startswith("_")},
    )
