"""Division of integers: result in float32 or float64.

In PyTorch, the operator / on integers returns the default dtype, float32, however many
bits the integers have. In TensorFlow it returns float64 for integers of 32 or 64 bits.
JAX returns float32 for its integers of 32 bits, and float64 for those of 64 bits, which
exist only if jax_enable_x64 is set. float32 represents every integer only up to 2^24.
Beyond that, for example with clock ticks, the fraction of the quotient is coarse or
lost. (The operator // rounds down in each framework, also below 0.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="other",
    part=Part.LAYER,
    defaults={
        "torch": "in_single_precision",
        "tf": "in_double_precision",
        "jax": "in_single_precision",
    },
)

TICKS = 64  # per turn


def problem(rng: Generator) -> Problem:
    """Return large tick counts, and weights for their position within a turn."""
    n, inputs, outputs = rng.integers(3, 9, size=3)
    return Problem(
        inputs=rng.integers(2**27, 2**28, size=(n, inputs)),
        parameters={"weight": rng.standard_normal((inputs, outputs))},
    )


def in_single_precision(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The quotient is float32."""
    position = x.astype("float32") / np.float32(TICKS) % 1
    return einsum("ni,io->no", position.astype(weight.dtype), weight)


def in_double_precision(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The quotient is float64."""
    position = x / TICKS % 1
    return einsum("ni,io->no", position.astype(weight.dtype), weight)
