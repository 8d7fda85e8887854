"""Average pooling with padding: zeros included in the average or not.

A 3x3 window in the corner of a padded image contains four pixels and five zeros.
PyTorch and Flax divide their sum by nine (count_include_pad=True is the default).
TensorFlow's SAME padding divides it by four. Inside the image the results are the same.
At the border, averages that include zeros are closer to 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import extract_padded_windows

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="padding",
    part=Part.LAYER,
    defaults={
        "torch": "padding_counted",
        "tf": "pixels_counted",
        "jax": "padding_counted",
    },
)


def problem(rng: Generator) -> Problem:
    """Return a few small images."""
    n, height, width, channels = rng.integers(2, 6, size=4)
    return Problem(
        inputs=rng.standard_normal((n, height, width, channels)), parameters={}
    )


def padding_counted(x: Array, *, einsum: Einsum) -> Array:
    """Every sum is divided by nine, the size of the window."""
    return _sum_windows(x, einsum=einsum) / 9


def pixels_counted(x: Array, *, einsum: Einsum) -> Array:
    """Every sum is divided by the number of pixels in the window."""
    ones = np.ones_like(stop_gradient(x))
    pixels = extract_padded_windows(ones, size=3, stride=1, padding=(1, 1)).sum(
        axis=(3, 4)
    )
    return _sum_windows(x, einsum=einsum) / pixels


def _sum_windows(x: Array, *, einsum: Einsum) -> Array:
    return einsum(
        "nhwijc->nhwc", extract_padded_windows(x, size=3, stride=1, padding=(1, 1))
    )
