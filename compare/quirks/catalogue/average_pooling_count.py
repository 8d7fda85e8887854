"""Average pooling at the border: whether padding counts.

A 3x3 window in the corner of a padded image holds four pixels and five zeros. PyTorch
divides their sum by nine (count_include_pad=True by default), TensorFlow's SAME by
four. The inside of the image is the same, its border is darker in PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Problem, Quirk
from compare.quirks.operations import windows

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="padding",
    part="layer",
    defaults={"torch": "padding_counted", "tf": "pixels_counted"},
)


def problem(rng: Generator) -> Problem:
    """A few small images."""
    n, height, width, channels = rng.integers(2, 6, size=4)
    return Problem(
        inputs=rng.standard_normal((n, height, width, channels)), parameters={}
    )


def padding_counted(x: Array, *, einsum: Einsum) -> Array:
    """Every sum divided by nine."""
    return _sums(x, einsum=einsum) / 9


def pixels_counted(x: Array, *, einsum: Einsum) -> Array:
    """Every sum divided by the number of pixels in it."""
    ones = np.ones_like(stop_gradient(x))
    pixels = windows(ones, size=3, stride=1, padding=(1, 1)).sum(axis=(3, 4))
    return _sums(x, einsum=einsum) / pixels


def _sums(x: Array, *, einsum: Einsum) -> Array:
    return einsum("nhwijc->nhwc", windows(x, size=3, stride=1, padding=(1, 1)))
