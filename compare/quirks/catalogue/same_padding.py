"""SAME padding at stride 2: where the odd pixel goes.

A user of PyTorch pads a 3x3 convolution by one pixel on every side. TensorFlow's SAME
pads only as much as the stride needs, which at stride 2 and an even size is one pixel,
and puts it at the bottom and the right. The shapes are the same, every value differs.
PyTorch refuses padding="same" with a stride (pytorch#67551).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import convolve

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="padding",
    part=Part.LAYER,
    defaults={"torch": "symmetric", "tf": "bottom_right"},
)


def problem(rng: Generator) -> Problem:
    """A few small images of even size."""
    n, half, inputs, outputs = rng.integers(2, 5, size=4)
    return Problem(
        inputs=rng.standard_normal((n, 2 * half, 2 * half, inputs)),
        parameters={"weight": rng.standard_normal((3, 3, inputs, outputs)) / 3},
    )


def symmetric(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """One pixel on every side."""
    return convolve(x, weight, stride=2, padding=(1, 1), einsum=einsum)


def bottom_right(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """As much as is needed, the odd pixel at the bottom and the right."""
    return convolve(x, weight, stride=2, padding=(0, 1), einsum=einsum)
