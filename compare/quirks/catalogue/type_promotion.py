"""A sum of bytes: promoted, or wrapped round at 256.

PyTorch sums small integers in 64 bits. tf.reduce_sum keeps the type of what it sums,
so that the sum of an image's bytes wraps round at 256 in silence (keras.ops.sum widens
to 32 bits). PyTorch does the same only when it is asked for that dtype.
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
    defaults={"torch": "in_64_bits", "tf": "in_8_bits"},
)

WHITE = 256


def problem(rng: Generator) -> Problem:
    """A few rows of pixels, whose brightness in each channel is weighed."""
    n, pixels, channels, outputs = rng.integers(3, 7, size=4)
    return Problem(
        inputs=rng.integers(64, WHITE, size=(n, pixels + 3, channels), dtype="uint8"),
        parameters={"weight": rng.standard_normal((channels, outputs))},
    )


def in_64_bits(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The sum is a number of 64 bits."""
    total = x.sum(axis=1, dtype="int64").astype(weight.dtype)
    return einsum("nc,co->no", total / WHITE, weight)


def in_8_bits(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The sum is a byte, too."""
    total = x.sum(axis=1, dtype="uint8").astype(weight.dtype)
    return einsum("nc,co->no", total / WHITE, weight)
