"""Nearest-neighbour resizing: which pixel is the nearest.

An image is halved. PyTorch's interpolate takes mode="nearest" by default, which goes by
the pixels' corners and keeps rows 0, 2, 4. TensorFlow's tf.image.resize goes by their
centres, finds each new centre between two old ones, and keeps rows 1, 3, 5. PyTorch
calls that "nearest-exact". Doubled, images are the same in both; so is bilinear
resizing by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="other",
    part=Part.LAYER,
    defaults={"torch": "by_corners", "tf": "by_centres"},
)


def problem(rng: Generator) -> Problem:
    """A few small images of even size."""
    n, height, width, channels = rng.integers(2, 5, size=4)
    return Problem(
        inputs=rng.standard_normal((n, 2 * height, 2 * width, channels)),
        parameters={},
    )


def by_corners(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - sums nothing
    """Every first of two pixels."""
    return x[:, ::2, ::2]


def by_centres(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - sums nothing
    """Every second of two pixels."""
    return x[:, 1::2, 1::2]
