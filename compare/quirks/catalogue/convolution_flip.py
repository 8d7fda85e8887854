"""Convolution: the kernel as it stands, or turned by half a turn.

What both frameworks call a convolution is a cross-correlation: the kernel is laid over
the image as it stands. The convolution of mathematics, of scipy.signal.convolve2d and
of Theano turns it by half a turn first. A learned kernel does not care; a kernel that
was copied from elsewhere or written down, such as an edge filter, does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import convolve

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="layout",
    part=Part.LAYER,
    defaults={"torch": "as_it_stands", "tf": "as_it_stands"},
)


def problem(rng: Generator) -> Problem:
    """A few small images."""
    n, height, width, inputs, outputs = rng.integers(2, 6, size=5)
    return Problem(
        inputs=rng.standard_normal((n, height + 2, width + 2, inputs)),
        parameters={"weight": rng.standard_normal((3, 3, inputs, outputs)) / 3},
    )


def as_it_stands(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """A cross-correlation."""
    return _laid_over(x, weight, einsum=einsum)


def turned(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """A convolution, as mathematics has it."""
    return _laid_over(x, weight[::-1, ::-1], einsum=einsum)


def _laid_over(x: Array, weight: Array, *, einsum: Einsum) -> Array:
    return convolve(x, weight, stride=1, padding=(0, 0), einsum=einsum)
