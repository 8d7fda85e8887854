"""A new normalisation layer: training or inference.

A PyTorch module starts in training mode and stays there until eval() is called: a new
batch normalisation normalises by the batch. A Keras layer that is called in one's own
training loop without training=True runs in inference mode (fit passes it): it
normalises by its running statistics, which are still 0 and 1 and never move. Nothing
fails in either; forgotten eval() and forgotten training=True are the same mistake from
two sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Problem, Quirk
from compare.quirks.operations import (
    evaluated,
    normalisation_problem,
    scaled_and_shifted,
    standardised,
)

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="normalisation",
    part="layer",
    defaults={"torch": "by_the_batch", "tf": "by_running_statistics"},
)
EPSILON = 0.125


def problem(rng: Generator) -> Problem:
    """Samples whose mean is not 0, a scale and a shift."""
    return normalisation_problem(rng, mean=1.0, deviation=0.5)


def by_the_batch(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """In training mode: by the batch's own mean and variance."""
    x = standardised(x, epsilon=EPSILON, einsum=einsum)
    return scaled_and_shifted(x, gamma=gamma, beta=beta, einsum=einsum)


def by_running_statistics(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """In inference mode: by the running ones, still 0 and 1."""
    zeros, ones = np.zeros_like(stop_gradient(beta)), np.ones_like(stop_gradient(beta))
    x = evaluated(x, mean=zeros, variance=ones, epsilon=EPSILON, einsum=einsum)
    return scaled_and_shifted(x, gamma=gamma, beta=beta, einsum=einsum)
