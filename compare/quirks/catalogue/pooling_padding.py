"""SAME padding of a max pooling at stride 2: which pixels a window sees.

The pooling of a ResNet takes 3x3 windows at stride 2. In PyTorch it has padding=1, and
windows begin one pixel before the image. At even sizes TensorFlow's SAME begins at the
first pixel and lets the last windows reach beyond the image: the shapes are the same,
the values differ. (At odd sizes the two agree.) Padding never wins in either: it counts
as minus infinity. Zeros put around the image by hand would win over negative pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import distinct_pixels, max_pool

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
    n, height, width, channels = rng.integers(2, 5, size=4)
    shape = (n, 2 * height, 2 * width, channels)
    return Problem(inputs=distinct_pixels(shape, rng=rng), parameters={})


def symmetric(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - sums nothing
    """One pixel on every side."""
    return max_pool(x, size=3, stride=2, padding=(1, 1))


def bottom_right(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - sums nothing
    """As much as is needed, the odd pixel at the bottom and the right."""
    return max_pool(x, size=3, stride=2, padding=(0, 1))
