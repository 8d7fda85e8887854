"""Batch normalisation: default epsilon 1e-5 or 1e-3.

The frameworks add epsilon to the batch variance before they take the square root. The
default is 1e-5 in PyTorch and Flax, 1e-3 in Keras. For channels with a variance of 1
the difference is small. Where the variance is well below 1e-3, Keras' outputs are much
smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import (
    normalisation_problem,
    scale_and_shift,
    standardise,
)

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="normalisation",
    part=Part.LAYER,
    defaults={
        "torch": "a_hundred_thousandth",
        "tf": "a_thousandth",
        "jax": "a_hundred_thousandth",
    },
)


def problem(rng: Generator) -> Problem:
    """Return samples of small variance, a scale and a shift."""
    return normalisation_problem(rng, deviation=2.0**-8)


def a_hundred_thousandth(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Epsilon is 1e-5, added to the variance."""
    x = standardise(x, epsilon=1e-5, einsum=einsum)
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)


def a_thousandth(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Epsilon is 1e-3, added to the variance."""
    x = standardise(x, epsilon=1e-3, einsum=einsum)
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)
