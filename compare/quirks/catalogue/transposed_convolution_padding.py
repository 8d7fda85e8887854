"""Transposed convolution at stride 2: first or last row cropped.

A 3x3 transposed convolution at stride 2 turns H rows into 2 H + 1. To double the size
of an image, one row and one column are cropped. PyTorch with padding=1,
output_padding=1 crops the first, SAME in TensorFlow and JAX the last. Each inverts the
padding that its own framework's convolution has at stride 2. The shapes are equal, the
images are shifted by one pixel. (jax.lax.conv_transpose does not rotate the kernel
unless transpose_kernel=True, as here.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import convolve

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="padding",
    part=Part.LAYER,
    defaults={"torch": "first_cropped", "tf": "last_cropped", "jax": "last_cropped"},
)


def problem(rng: Generator) -> Problem:
    """Return a few small images and a kernel (height, width, outputs, inputs)."""
    n, height, width, inputs, outputs = rng.integers(2, 5, size=5)
    return Problem(
        inputs=rng.standard_normal((n, height, width, inputs)),
        parameters={"weight": rng.standard_normal((3, 3, outputs, inputs)) / 3},
    )


def first_cropped(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The first row and column are cropped."""
    return _doubled(x, weight, padding=(1, 1), einsum=einsum)


def last_cropped(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The last row and column are cropped."""
    return _doubled(x, weight, padding=(2, 0), einsum=einsum)


def _doubled(
    x: Array, weight: Array, *, padding: tuple[int, int], einsum: Einsum
) -> Array:
    """Add a zero after every pixel; convolve with the kernel rotated by 180 degrees."""
    n, height, width, channels = x.shape
    wide = np.stack([x, np.zeros_like(x)], axis=3)
    wide = wide.reshape(n, height, 2 * width, channels)
    high = np.stack([wide, np.zeros_like(wide)], axis=2)
    high = high.reshape(n, 2 * height, 2 * width, channels)
    turned = np.swapaxes(weight[::-1, ::-1], 2, 3)
    return convolve(high, turned, stride=1, padding=padding, einsum=einsum)
