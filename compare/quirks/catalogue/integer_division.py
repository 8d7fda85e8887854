"""Whole numbers divided: float32 or float64.

Dividing whole numbers by / gives PyTorch's default dtype, float32 however many bits
the integers have, and float64 in TensorFlow where they have 32 or 64. float32 holds
whole numbers up to 2^24: beyond, as in ticks of a clock, the fraction of the quotient
is coarse or gone. (By // both frameworks round down, also below 0.)
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
    defaults={"torch": "in_single_precision", "tf": "in_double_precision"},
)

TICKS = 64  # in a turn


def problem(rng: Generator) -> Problem:
    """Ticks counted for long, whose place within a turn is weighed."""
    n, inputs, outputs = rng.integers(3, 9, size=3)
    return Problem(
        inputs=rng.integers(2**27, 2**28, size=(n, inputs)),
        parameters={"weight": rng.standard_normal((inputs, outputs))},
    )


def in_single_precision(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The quotient is float32."""
    place = x.astype("float32") / np.float32(TICKS) % 1
    return einsum("ni,io->no", place.astype(weight.dtype), weight)


def in_double_precision(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The quotient is float64."""
    place = x / TICKS % 1
    return einsum("ni,io->no", place.astype(weight.dtype), weight)
