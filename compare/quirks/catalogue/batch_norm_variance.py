"""Batch normalisation running variance: unbiased or biased.

In training, the frameworks normalise a batch by its biased variance: the sum of the
squared deviations divided by the number of samples n. PyTorch updates the running
variance with the unbiased variance, divided by n - 1. The layers of Keras and Flax
update it with the biased variance (TensorFlow's fused operation with the unbiased one).
Inference therefore differs, most after training with small batches. Here the layer
processes a batch once in training mode and is then evaluated on the same batch. No
gradient flows through the running statistics. (Flax keeps them in float32 even for
float64, not here. Through those that Keras' stateless_call returns, a gradient would
flow; stop_gradient prevents this.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import (
    mean_and_variance,
    normalisation_problem,
    normalise_with_statistics,
    scale_and_shift,
)

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="normalisation",
    part=Part.LAYER,
    defaults={"torch": "unbiased", "tf": "biased", "jax": "biased"},
)
SHARE, EPSILON = 0.5, 2.0**-10  # SHARE: weight of the new batch


def problem(rng: Generator) -> Problem:
    """Return a small batch, a scale and a shift."""
    return normalisation_problem(rng)


def unbiased(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """The running variance is updated with the variance over n - 1."""
    return _evaluate(x, len(x) / (len(x) - 1), gamma, beta, einsum)


def biased(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """The running variance is updated with the variance over n."""
    return _evaluate(x, 1.0, gamma, beta, einsum)


def _evaluate(x: Any, factor: float, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    mean, variance = mean_and_variance(stop_gradient(x), einsum=einsum)
    x = normalise_with_statistics(
        x,
        mean=SHARE * mean,
        variance=(1 - SHARE) + SHARE * factor * variance,
        epsilon=EPSILON,
        einsum=einsum,
    )
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)
