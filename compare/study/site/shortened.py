"""An array's values in a few characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.prose import figure

if TYPE_CHECKING:
    from compare.contract import Array

FEW = 4  # values shown; of more, the first ones and the last
LONGEST = 48  # characters of a text


def shortened(array: Array) -> str:
    """A number, or the first few and the last in row-major order."""
    if not array.ndim:
        return _cut(figure(array))
    values = np.ravel(array)
    kept = values if values.size <= FEW else [*values[: FEW - 1], values[-1]]
    shown = [_cut(figure(value)) for value in kept]
    if values.size > FEW:
        shown.insert(-1, "\N{HORIZONTAL ELLIPSIS}")
    return f"[{', '.join(shown)}]"


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
