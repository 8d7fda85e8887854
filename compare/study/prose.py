"""Fill in the values of a lesson's prose from the results of its programs."""

from __future__ import annotations

import re
from functools import cache
from math import floor, log10
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np

from compare.study.korean import add_particle
from compare.study.results import Version
from compare.study.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Never

    from compare.contract import Arrays
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults


PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
# A dot inside a placeholder or inside code ends no sentence.
SENTENCE = re.compile(
    r"(?:\{\{.*?\}\}|`[^`]*`|.)+?(?:[.?!][\"')]?(?=\s)|\Z)", re.DOTALL
)
OMITTED = "[\N{HORIZONTAL ELLIPSIS}]"  # replaces a sentence before a run
OMITTED_SEVERAL = re.compile(rf"{re.escape(OMITTED)}(?: {re.escape(OMITTED)})+")
NOT_RUN = "(not run)"  # replaces the value of a program that did not run
LARGEST_PLAIN = 1e6  # larger numbers are written with an exponent


class MissingValue(jinja2.StrictUndefined):
    """A value that no program computed; every operation on it raises an error."""

    def __abs__(self) -> Never:
        self._fail_with_undefined_error()


def fill_values(text: str, entry: LessonEntry, results: LessonResults) -> str:
    """Return prose as Markdown with all values filled in.

    The values of a program that did not run are replaced by ``(not run)``.

    Raises:
        jinja2.UndefinedError: all programs ran, but none computed a value.
    """
    programs = results.programs_of(entry.name).values()
    complete = not any(each.reason or each.changed_reason for each in programs)
    values = collect_values(entry, results)

    def evaluate(placeholder: re.Match[str]) -> str:
        try:
            return _environment().from_string(placeholder[0]).render(values)
        except jinja2.UndefinedError:
            if complete:
                raise
            return NOT_RUN

    return PLACEHOLDER.sub(evaluate, text)


def omit_values(text: str) -> str:
    """Return prose for readers who have not run the programs.

    Each sentence with a computed value is replaced by ``[...]``, so that a following
    sentence that refers to it is recognisable. Several in a row give one.
    """
    shortened = SENTENCE.sub(
        lambda sentence: (
            _leading_space(sentence[0]) + OMITTED
            if PLACEHOLDER.search(sentence[0])
            else sentence[0]
        ),
        text,
    )
    return OMITTED_SEVERAL.sub(OMITTED, shortened)


def collect_values(entry: LessonEntry, results: LessonResults) -> dict[str, Any]:
    """Return every name that prose may use, and its value.

    These are the agreed arrays, all arrays of each framework under its name, and the
    agreed arrays before and after the exercise's change, and `sample`: the figures of
    the sample run.
    """
    frameworks = list(results.programs_of(entry.name))
    each = {name: results.arrays(entry.name, name) for name in frameworks}
    changed = {
        name: results.arrays(entry.name, name, Version.CHANGED) for name in frameworks
    }
    before = _select_agreed(each, own=entry.lesson.own)
    after = _select_agreed(changed, own=entry.lesson.own)
    return {
        **before,
        **each,
        "before": before,
        "after": after,
        "sample": load_sample(),
    }


def format_value(value: Any, digits: int = 4) -> str:  # noqa: ANN401 - any result
    """Format a number, a text, a shape or a short array: ``0.1235``, ``16,950``.

    Numbers inside a shape or an array have no thousands separators: commas separate
    the elements there.
    """
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises the error that names the value
    if isinstance(value, tuple):
        inside = ", ".join(format_element(each, digits) for each in value)
        return f"({inside}{',' if len(value) == 1 else ''})"
    array = np.asarray(value)
    if array.ndim:
        return f"[{', '.join(format_element(each, digits) for each in array)}]"
    if array.dtype.kind in "iu":
        return f"{array:,}"
    return (
        _format_float(float(array), digits) if array.dtype.kind == "f" else str(array)
    )


def format_element(value: Any, digits: int = 4) -> str:  # noqa: ANN401 - any result
    """Format an element of an array or a shape: ``60000``."""
    text = format_value(value, digits)
    is_number = np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"
    return text.replace(",", "") if is_number else text


def _format_float(value: float, digits: int) -> str:
    """Format a number with its significant digits and without trailing zeros."""
    text = f"{value:,.{digits}g}"
    if "e+" not in text or abs(value) >= LARGEST_PLAIN:
        return text
    # The format `g` changes to an exponent as soon as digits do not suffice.
    return f"{round(value, digits - 1 - floor(log10(abs(value)))):,.0f}"


def _leading_space(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _select_agreed(
    arrays: Mapping[str, Arrays], *, own: Mapping[str, str]
) -> dict[str, Any]:
    """Return the arrays of the first framework that has any, except those in `own`."""
    first: Arrays = next((each for each in arrays.values() if each), {})
    return {name: array for name, array in first.items() if name not in own}


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        undefined=MissingValue,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
    )
    environment.filters["figure"] = format_value  # the name that lessons use
    environment.filters["particle"] = add_particle  # of Korean lessons
    return environment
