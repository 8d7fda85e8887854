"""Max pooling at stride 2: padding=1 or SAME padding.

The max pooling of a ResNet has 3x3 windows at stride 2. In PyTorch it has padding=1, so
that the first windows start one pixel before the image. At even sizes, SAME in
TensorFlow and JAX starts at the first pixel and the last windows reach beyond the
image. The shapes are equal, the values differ. (At odd sizes the two agree.) Padding
counts as minus infinity in each framework, so it is never the maximum. Zeros padded by
hand would be larger than negative pixels.
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
    defaults={"torch": "symmetric", "tf": "bottom_right", "jax": "bottom_right"},
)


def problem(rng: Generator) -> Problem:
    """Return a few small images of even size."""
    n, height, width, channels = rng.integers(2, 5, size=4)
    shape = (n, 2 * height, 2 * width, channels)
    return Problem(inputs=distinct_pixels(shape, rng=rng), parameters={})


def symmetric(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - no sums
    """One pixel of padding on every side."""
    return max_pool(x, size=3, stride=2, padding=(1, 1))


def bottom_right(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - no sums
    """Only the padding needed: one pixel at the bottom and the right."""
    return max_pool(x, size=3, stride=2, padding=(0, 1))
