"""Describe in which arrays a program differs from a lesson's program, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.judge import absolute_error
from compare.study.comparison import compare_pairs
from compare.study.prose import format_value

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

SHOWN_DIGITS = 6  # of a number; all 17 if fewer do not show the difference
EXPECTED, RECEIVED = "the lesson", "the program"


@dataclass(frozen=True, kw_only=True)
class ArrayDifference:
    """One array of a lesson, as another program returned it.

    Attributes:
        name: of the array.
        text: how it differs; empty if it agrees.
    """

    name: str
    text: str


def find_differences(expected: Arrays, received: Arrays) -> list[ArrayDifference]:
    """Return every array of the lesson, compared with that of another program."""
    shared = {name: received[name] for name in expected if name in received}
    compared = compare_pairs({EXPECTED: expected, RECEIVED: shared}, own=())
    return [
        ArrayDifference(
            name=each.name,
            text=_describe(expected[each.name], received.get(each.name))
            if each.reason
            else "",
        )
        for each in compared
    ]


def _describe(expected: Array, received: Array | None) -> str:
    """Return how two arrays differ that do not agree."""
    if received is None:
        return "is missing"
    if received.shape != expected.shape:
        return f"has the shape {received.shape} instead of {expected.shape}"
    are_texts = expected.dtype.kind == received.dtype.kind == "U"  # of any length
    if expected.dtype != received.dtype and not are_texts:
        return f"has the dtype {received.dtype} instead of {expected.dtype}"
    if expected.dtype.kind == "f":
        error = absolute_error(received, expected)
        index = np.unravel_index(int(np.nanargmax(error)), error.shape)
    else:
        index = tuple(np.argwhere(received != expected)[0]) if expected.ndim else ()
    digits = SHOWN_DIGITS
    values = [format_value(each[index], digits) for each in (received, expected)]
    if values[0] == values[1]:  # they differ in later digits
        values = [format_value(each[index], 17) for each in (received, expected)]
    place = f" at {[int(each) for each in index]}" if index else ""
    return f"is {values[0]} instead of {values[1]}{place}"
