"""Batch normalisation momentum: weight of the new or old statistics.

In training, batch normalisation updates its running mean and running variance with the
statistics of each batch. PyTorch's momentum is the weight of the new batch (0.1 by
default). The momentum of Keras and of Flax is the weight of the old running statistics
(0.99 by default). The same number therefore gives different updates: convert it to 1 -
momentum. Here the layer processes a batch once in training mode and is then evaluated
on the same batch. No gradient flows through the running statistics. The running
variance is fixed at 1, because its update differs in another way (see
batch_norm_variance). (Flax keeps running statistics in float32 even for float64; here
they are float64.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

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

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="normalisation",
    part=Part.LAYER,
    defaults={
        "torch": "share_of_the_new",
        "tf": "share_of_the_old",
        "jax": "share_of_the_old",
    },
)
MOMENTUM, EPSILON = 0.125, 2.0**-10


def problem(rng: Generator) -> Problem:
    """Return samples whose mean is not 0, a scale and a shift."""
    return normalisation_problem(rng, mean=1.0)


def share_of_the_new(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Momentum is the weight of the new batch's statistics."""
    mean = MOMENTUM * _batch_mean(x, einsum)
    return _evaluate(x, mean, gamma, beta, einsum)


def share_of_the_old(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Momentum is the weight of the old running statistics."""
    mean = (1 - MOMENTUM) * _batch_mean(x, einsum)
    return _evaluate(x, mean, gamma, beta, einsum)


def _batch_mean(x: Any, einsum: Einsum) -> Array:
    mean, _ = mean_and_variance(stop_gradient(x), einsum=einsum)
    return mean


def _evaluate(x: Any, mean: Array, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    ones = np.ones_like(mean)
    x = normalise_with_statistics(
        x, mean=mean, variance=ones, epsilon=EPSILON, einsum=einsum
    )
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)
