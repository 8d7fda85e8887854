"""Batch normalisation's running variance: unbiased or biased.

In training, both frameworks normalise a batch by its biased variance, the mean of the
squares. What PyTorch adds to the running variance is the unbiased one, divided by n - 1
samples; Keras' layer adds the biased one that it normalised by (TensorFlow's fused op
the unbiased one). Evaluation therefore differs, most after training with small batches.
The layer sees a batch once in training and is then evaluated on it; no gradient flows
through the running statistics (through those that Keras' stateless_call returns one
would: hence the stop_gradient).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Problem, Quirk
from compare.quirks.operations import (
    evaluated,
    mean_and_variance,
    normalisation_problem,
    scaled_and_shifted,
)

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="normalisation",
    part="layer",
    defaults={"torch": "unbiased", "tf": "biased"},
)
SHARE, EPSILON = 0.5, 2.0**-10  # of the new batch in the running statistics


def problem(rng: Generator) -> Problem:
    """A small batch, a scale and a shift."""
    return normalisation_problem(rng)


def unbiased(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """The batch's squares divided by one less than their number."""
    return _evaluated(x, len(x) / (len(x) - 1), gamma, beta, einsum)


def biased(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """The batch's squares divided by their number."""
    return _evaluated(x, 1.0, gamma, beta, einsum)


def _evaluated(x: Any, factor: float, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    mean, variance = mean_and_variance(stop_gradient(x), einsum=einsum)
    x = evaluated(
        x,
        mean=SHARE * mean,
        variance=(1 - SHARE) + SHARE * factor * variance,
        epsilon=EPSILON,
        einsum=einsum,
    )
    return scaled_and_shifted(x, gamma=gamma, beta=beta, einsum=einsum)
