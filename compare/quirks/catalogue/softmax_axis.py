"""Softmax without an axis: the first, or the last.

TensorFlow's softmax is over the last axis unless told otherwise. PyTorch's
functional.softmax without dim still guesses, with a warning: axis 1, but axis 0 where
the input has three axes (or one). A batch of sequences is then normalised over the
batch: the samples compete, and no sequence's weights add up to one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="activations",
    part="layer",
    defaults={"torch": "over_the_first", "tf": "over_the_last"},
)


def problem(rng: Generator) -> Problem:
    """A batch of short sequences."""
    n, positions, channels = rng.integers(2, 7, size=3)
    return Problem(inputs=rng.standard_normal((n, positions, channels)), parameters={})


def over_the_first(x: Array, *, einsum: Einsum) -> Array:
    """Adds up to one over the batch."""
    powers = np.exp(x - stop_gradient(x).max(axis=0, keepdims=True))
    return einsum("ntc,tc->ntc", powers, 1 / einsum("ntc->tc", powers))


def over_the_last(x: Array, *, einsum: Einsum) -> Array:
    """Adds up to one over each position's channels."""
    powers = np.exp(x - stop_gradient(x).max(axis=2, keepdims=True))
    return einsum("ntc,nt->ntc", powers, 1 / einsum("ntc->nt", powers))
