"""Batch normalisation by default: training or inference mode.

A PyTorch module starts in training mode and stays in it until eval() is called. A new
batch normalisation layer thus normalises by the statistics of the batch. A Keras layer
called in a custom training loop without training=True runs in inference mode (fit
passes training=True). It normalises by its running mean and running variance, which are
still 0 and 1 and are never updated. Neither raises an error. Flax NNX starts in
training mode, like PyTorch; Flax Linen raises an error unless the mode is given. A
forgotten eval() and a forgotten training=True are the same mistake in opposite
directions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import (
    normalisation_problem,
    normalise_with_statistics,
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
        "torch": "by_the_batch",
        "tf": "by_running_statistics",
        "jax": "by_the_batch",
    },
)
EPSILON = 0.125


def problem(rng: Generator) -> Problem:
    """Return samples whose mean is not 0, a scale and a shift."""
    return normalisation_problem(rng, mean=1.0, deviation=0.5)


def by_the_batch(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Training mode: mean and variance of the batch."""
    x = standardise(x, epsilon=EPSILON, einsum=einsum)
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)


def by_running_statistics(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Inference mode: running mean and variance, still 0 and 1."""
    zeros, ones = np.zeros_like(stop_gradient(beta)), np.ones_like(stop_gradient(beta))
    x = normalise_with_statistics(
        x, mean=zeros, variance=ones, epsilon=EPSILON, einsum=einsum
    )
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)
