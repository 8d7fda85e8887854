"""A lesson's prose with its numbers filled in from what the programs computed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Arrays
    from compare.study.lesson import Entry
    from compare.study.results import Results


class NotRun(jinja2.ChainableUndefined):
    """Stands for a number that a program did not compute because it did not run."""

    def __str__(self) -> str:
        return "(not run)"


def filled(text: str, entry: Entry, results: Results) -> str:
    """The Markdown of some prose, every number in its place.

    A program that did not run leaves gaps that say so; any other gap is an error.
    """
    ran = [p for p in results.of(entry.name).values() if not p.reason]
    complete = len(ran) == len(results.of(entry.name))
    return _environment(complete).from_string(text).render(known(entry, results))


def known(entry: Entry, results: Results) -> dict[str, Any]:
    """What prose may name: agreed arrays, each framework's, before and after."""
    frameworks = list(results.of(entry.name))
    each = {name: results.arrays(entry.name, name) for name in frameworks}
    changed = {name: results.changed_arrays(entry.name, name) for name in frameworks}
    own = entry.lesson.own
    return {
        **_agreed(each, own=own),
        **each,
        "before": _agreed(each, own=own),
        "after": _agreed(changed, own=own),
    }


def html(text: str) -> str:
    """Markdown as HTML; any HTML in it is shown, not obeyed."""
    rendered: str = _markdown().render(text)
    return rendered


def inline_html(text: str) -> str:
    """A line of Markdown as HTML without a paragraph around it."""
    rendered: str = _markdown().renderInline(text)
    return rendered


def figure(value: Any, digits: int = 4) -> str:  # noqa: ANN401 - whatever was computed
    """A number, a text, a shape or a short array as people write it."""
    if isinstance(value, jinja2.Undefined):
        return str(value)
    if isinstance(value, tuple):
        inside = ", ".join(figure(each, digits) for each in value)
        return f"({inside}{',' if len(value) == 1 else ''})"
    array = np.asarray(value)
    if array.ndim:
        return f"[{', '.join(figure(each, digits) for each in array)}]"
    if array.dtype.kind in "iu":
        return f"{array:,}"
    return f"{array:.{digits}g}" if array.dtype.kind == "f" else str(array)


def _agreed(each: Mapping[str, Arrays], *, own: Mapping[str, str]) -> dict[str, Any]:
    """The arrays of the first framework that has any, less what each has its own of."""
    first: Arrays = next((arrays for arrays in each.values() if arrays), {})
    return {name: array for name, array in first.items() if name not in own}


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})


@cache
def _environment(complete: bool) -> jinja2.Environment:  # noqa: FBT001
    made = jinja2.Environment(
        undefined=jinja2.StrictUndefined if complete else NotRun,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
    )
    made.filters["figure"] = figure
    return made
