"""Flattening images: channels first (NCHW) or channels last (NHWC).

A dense layer after a convolution reads the image as one long vector. PyTorch's images
are NCHW: in the flattened vector, all pixels of the first channel come first. The
images of TensorFlow and of Flax are NHWC: all channels of the first pixel come first.
The dense weights have the same shape in all of them. Weights copied from one framework
to another therefore load without an error, but are multiplied by the wrong inputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="layout",
    part=Part.LAYER,
    defaults={
        "torch": "channel_by_channel",
        "tf": "pixel_by_pixel",
        "jax": "pixel_by_pixel",
    },
)


def problem(rng: Generator) -> Problem:
    """Return a few small images, and a dense layer over all values of an image."""
    n, height, width, channels, outputs = rng.integers(2, 5, size=5)
    length = height * width * channels
    return Problem(
        inputs=rng.standard_normal((n, height, width, channels)),
        parameters={"weight": rng.standard_normal((length, outputs)) / 4},
    )


def channel_by_channel(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """All pixels of a channel, then the next channel (NCHW)."""
    return _dense(np.transpose(x, (0, 3, 1, 2)), weight, einsum=einsum)


def pixel_by_pixel(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """All channels of a pixel, then the next pixel (NHWC)."""
    return _dense(x, weight, einsum=einsum)


def _dense(x: Array, weight: Array, *, einsum: Einsum) -> Array:
    return einsum("ni,io->no", np.reshape(x, (x.shape[0], -1)), weight)
