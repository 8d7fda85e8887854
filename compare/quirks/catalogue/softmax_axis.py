"""Softmax without dim or axis: over the first axis or the last.

The softmax of TensorFlow and of JAX is over the last axis by default. PyTorch's
functional.softmax without dim still chooses an axis, with a warning: axis 0 if the
input has three axes (or one), otherwise axis 1. A batch of sequences is then normalised
over the batch: the softmax compares different samples, and the weights of a sequence do
not add up to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="activations",
    part=Part.LAYER,
    defaults={"torch": "over_the_first", "tf": "over_the_last", "jax": "over_the_last"},
)


def problem(rng: Generator) -> Problem:
    """Return a batch of short sequences."""
    n, positions, channels = rng.integers(2, 7, size=3)
    return Problem(inputs=rng.standard_normal((n, positions, channels)), parameters={})


def over_the_first(x: Array, *, einsum: Einsum) -> Array:
    """The values add up to 1 over the batch."""
    powers = np.exp(x - stop_gradient(x).max(axis=0, keepdims=True))
    return einsum("ntc,tc->ntc", powers, 1 / einsum("ntc->tc", powers))


def over_the_last(x: Array, *, einsum: Einsum) -> Array:
    """The values add up to 1 over the channels of each position."""
    powers = np.exp(x - stop_gradient(x).max(axis=2, keepdims=True))
    return einsum("ntc,nt->ntc", powers, 1 / einsum("ntc->nt", powers))
