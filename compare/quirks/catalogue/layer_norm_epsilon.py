"""Layer normalisation: default epsilon 1e-5 or 1e-3.

Layer normalisation subtracts each sample's mean over its features and divides by the
square root of variance + epsilon. The default epsilon is 1e-5 in PyTorch's LayerNorm,
1e-3 in Keras' LayerNormalization and 1e-6 in Flax's LayerNorm. Outputs differ for
samples whose variance is near 1e-3 or below.
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
    defaults={"torch": "a_hundred_thousandth", "tf": "a_thousandth"},
    other_defaults={"jax": "Epsilon is 1e-6, added to the variance."},
)


def problem(rng: Generator) -> Problem:
    """Return samples of small variance, a scale and a shift."""
    return normalisation_problem(rng, deviation=2.0**-8)


def a_hundred_thousandth(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Epsilon is 1e-5, added to the variance."""
    x = standardise(x.T, epsilon=1e-5, einsum=einsum).T
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)


def a_thousandth(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Epsilon is 1e-3, added to the variance."""
    x = standardise(x.T, epsilon=1e-3, einsum=einsum).T
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)
