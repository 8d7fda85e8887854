"""Sum of uint8 values: promoted to int64 or wrapped around at 256.

PyTorch sums small integers in 64 bits, and JAX in 32, or in 64 if jax_enable_x64 is
set, as here. tf.reduce_sum keeps the dtype of its input, so that the sum of an image's
uint8 pixels wraps around at 256 without a warning. (keras.ops.sum widens to 32 bits.)
PyTorch and JAX do so only if that dtype is passed to sum.
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
    defaults={"torch": "in_64_bits", "tf": "in_8_bits", "jax": "in_64_bits"},
)

WHITE = 256


def problem(rng: Generator) -> Problem:
    """Return rows of uint8 pixels and the weights of their channels."""
    n, pixels, channels, outputs = rng.integers(3, 7, size=4)
    return Problem(
        inputs=rng.integers(64, WHITE, size=(n, pixels + 3, channels), dtype="uint8"),
        parameters={"weight": rng.standard_normal((channels, outputs))},
    )


def in_64_bits(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The sum is a 64-bit integer."""
    total = x.sum(axis=1, dtype="int64").astype(weight.dtype)
    return einsum("nc,co->no", total / WHITE, weight)


def in_8_bits(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The sum is an 8-bit integer, which wraps around at 256."""
    total = x.sum(axis=1, dtype="uint8").astype(weight.dtype)
    return einsum("nc,co->no", total / WHITE, weight)
