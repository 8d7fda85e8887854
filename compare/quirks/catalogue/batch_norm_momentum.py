"""Batch normalisation's momentum: the share of the new, or of the old.

In training, batch normalisation moves its running statistics towards those of each
batch. PyTorch's momentum is the share that the new batch gets (0.1 by default), Keras'
the share that the old statistics keep (0.99). The same number moves them by different
amounts: it must be carried over as 1 - momentum. The layer sees a batch once in
training and is then evaluated on it; no gradient flows through the running statistics.
The running variance is held at 1: it differs in a way of its own (batch_norm_variance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

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

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="normalisation",
    part="layer",
    defaults={"torch": "share_of_the_new", "tf": "share_of_the_old"},
)
MOMENTUM, EPSILON = 0.125, 2.0**-10


def problem(rng: Generator) -> Problem:
    """Samples whose mean is not 0, a scale and a shift."""
    return normalisation_problem(rng, mean=1.0)


def share_of_the_new(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """What the new batch gets."""
    mean = MOMENTUM * _mean(x, einsum)
    return _evaluated(x, mean, gamma, beta, einsum)


def share_of_the_old(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """What the statistics keep of themselves."""
    mean = (1 - MOMENTUM) * _mean(x, einsum)
    return _evaluated(x, mean, gamma, beta, einsum)


def _mean(x: Any, einsum: Einsum) -> Array:
    mean, _ = mean_and_variance(stop_gradient(x), einsum=einsum)
    return mean


def _evaluated(x: Any, mean: Array, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    ones = np.ones_like(mean)
    x = evaluated(x, mean=mean, variance=ones, epsilon=EPSILON, einsum=einsum)
    return scaled_and_shifted(x, gamma=gamma, beta=beta, einsum=einsum)
