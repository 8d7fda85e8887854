"""SAME padding at stride 2: symmetric, or bottom and right.

In PyTorch, a 3x3 convolution is usually padded by one pixel on every side. SAME, in
TensorFlow and JAX, adds only as much padding as the stride needs. At stride 2 and an
even size this is one pixel, at the bottom and the right. The shapes are equal, every
value differs. PyTorch raises an error for padding="same" with a stride (pytorch#67551).
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
    defaults={"torch": "symmetric", "tf": "bottom_right", "jax": "bottom_right"},
)


def problem(rng: Generator) -> Problem:
    """Return a few small images of even size and a 3x3 kernel."""
    n, half, inputs, outputs = rng.integers(2, 5, size=4)
    return Problem(
        inputs=rng.standard_normal((n, 2 * half, 2 * half, inputs)),
        parameters={"weight": rng.standard_normal((3, 3, inputs, outputs)) / 3},
    )


def symmetric(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """One pixel of padding on every side."""
    return convolve(x, weight, stride=2, padding=(1, 1), einsum=einsum)


def bottom_right(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """Only the padding needed: one pixel at the bottom and the right."""
    return convolve(x, weight, stride=2, padding=(0, 1), einsum=einsum)
