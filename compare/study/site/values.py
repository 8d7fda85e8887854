"""Format the values of an array in a few characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.prose import format_element, format_value

if TYPE_CHECKING:
    from compare.contract import Array

MOST_VALUES = 4  # of a larger array: the first values and the last one
MOST_CHARACTERS = 48  # of a text
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def format_array(array: Array) -> str:
    """Return a number, or the first few values and the last in row-major order."""
    if not array.ndim:
        return _shorten_text(format_value(array))
    values = np.ravel(array)
    few = values.size <= MOST_VALUES
    kept = values if few else [*values[: MOST_VALUES - 1], values[-1]]
    texts = [_shorten_text(format_element(value)) for value in kept]
    if not few:
        texts.insert(-1, ELLIPSIS)
    return f"[{', '.join(texts)}]"


def _shorten_text(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[: MOST_CHARACTERS - 1]}{ELLIPSIS}"
