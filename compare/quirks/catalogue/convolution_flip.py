"""Convolution or cross-correlation: kernel rotated by 180 degrees or not.

What the frameworks call a convolution is a cross-correlation: the kernel is applied
without a rotation. The mathematical convolution rotates the kernel by 180 degrees
first, as scipy.signal.convolve2d, jax.scipy.signal.convolve2d and Theano do. For a
learned kernel the difference has no effect. It matters for a kernel that is copied from
other software or written by hand, such as an edge filter.
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
    defaults={
        "torch": "cross_correlation",
        "tf": "cross_correlation",
        "jax": "cross_correlation",
    },
)


def problem(rng: Generator) -> Problem:
    """Return a few small images and a kernel."""
    n, height, width, inputs, outputs = rng.integers(2, 6, size=5)
    return Problem(
        inputs=rng.standard_normal((n, height + 2, width + 2, inputs)),
        parameters={"weight": rng.standard_normal((3, 3, inputs, outputs)) / 3},
    )


def cross_correlation(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """Cross-correlation: the kernel is not rotated."""
    return _correlate(x, weight, einsum=einsum)


def convolution(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """Mathematical convolution: the kernel is rotated by 180 degrees."""
    return _correlate(x, weight[::-1, ::-1], einsum=einsum)


def _correlate(x: Array, weight: Array, *, einsum: Einsum) -> Array:
    return convolve(x, weight, stride=1, padding=(0, 0), einsum=einsum)
