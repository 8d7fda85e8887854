"""Pooling of partial windows: ceil_mode=True or SAME padding.

By default the frameworks drop rows and columns that do not fill a window. To keep them,
PyTorch's ceil_mode=True adds windows at the bottom and the right. SAME in TensorFlow
and JAX shifts the windows so that they reach equally far beyond both ends. With 3x3
windows at stride 3 and one row more than fits, the shapes are equal and the values
differ. With 2x2 windows at stride 2 the two agree. With 3x3 windows at stride 2 and an
odd size, SAME returns one row more.
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
    defaults={"torch": "past_the_end", "tf": "past_both_ends", "jax": "past_both_ends"},
)


def problem(rng: Generator) -> Problem:
    """Return small images whose sides are one longer than a multiple of three."""
    n, height, width, channels = rng.integers(1, 4, size=4)
    shape = (n + 1, 3 * height + 1, 3 * width + 1, channels + 1)
    return Problem(inputs=distinct_pixels(shape, rng=rng), parameters={})


def past_the_end(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - no sums
    """The last windows reach two pixels beyond the image."""
    return max_pool(x, size=3, stride=3, padding=(0, 2))


def past_both_ends(x: Array, *, einsum: Einsum) -> Array:  # noqa: ARG001 - no sums
    """The first and the last windows reach one pixel beyond the image."""
    return max_pool(x, size=3, stride=3, padding=(1, 1))
