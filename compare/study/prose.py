"""A lesson's prose with its numbers filled in from what the programs computed."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Never

    from compare.contract import Arrays
    from compare.study.lesson import Entry
    from compare.study.results import Results


PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
GAP = "(not run)"


class Unknown(jinja2.StrictUndefined):
    """A number that nobody computed: whatever is done with it is an error."""

    def __abs__(self) -> Never:
        self._fail_with_undefined_error()


def filled(text: str, entry: Entry, results: Results) -> str:
    """The Markdown of some prose, every number in its place.

    A program that did not run leaves gaps that say so; any other gap is an error.
    """
    produced = results.of(entry.name).values()
    complete = not any(each.reason or each.changed_reason for each in produced)
    numbers = known(entry, results)

    def computed(placeholder: re.Match[str]) -> str:
        try:
            return _environment().from_string(placeholder[0]).render(numbers)
        except jinja2.UndefinedError:
            if complete:
                raise
            return GAP

    return PLACEHOLDER.sub(computed, text)


def known(entry: Entry, results: Results) -> dict[str, Any]:
    """What prose may name: agreed arrays, each framework's, before and after."""
    frameworks = list(results.of(entry.name))
    each = {name: results.arrays(entry.name, name) for name in frameworks}
    changed = {name: results.changed_arrays(entry.name, name) for name in frameworks}
    before = _agreed(each, own=entry.lesson.own)
    after = _agreed(changed, own=entry.lesson.own)
    return {**before, **each, "before": before, "after": after}


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
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        undefined=Unknown,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
    )
    made.filters["figure"] = figure
    return made
