"""Nearest-neighbour resizing: aligned by pixel corners or centres.

Here the size of an image is halved. PyTorch's interpolate has mode="nearest" by
default, which aligns pixels by their corners and keeps rows 0, 2, 4. TensorFlow's
tf.image.resize with method="nearest" aligns pixels by their centres. Each new centre is
then between two old ones, and rows 1, 3, 5 are kept. PyTorch calls this mode
"nearest-exact", and it is "nearest" in jax.image.resize. When the size is doubled, the
images are the same in all of them. Bilinear resizing by default is the same in PyTorch
and TensorFlow; JAX smooths an image before it reduces its size (antialias=True).
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
    defaults={"torch": "by_corners", "tf": "by_centres", "jax": "by_centres"},
)


def problem(rng: Generator) -> Problem:
    """Return a few small images of even size."""
    n, height, width, channels = rng.integers(2, 5, size=4)
    return Problem(
        inputs=rng.standard_normal((n, 2 * height, 2 * width, channels)),
        parameters={},
    )


def by_corners(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - no sums
    """The first of every two pixels is kept."""
    return x[:, ::2, ::2]


def by_centres(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - no sums
    """The second of every two pixels is kept."""
    return x[:, 1::2, 1::2]
