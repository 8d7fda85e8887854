"""Dropout without a training flag: active or inactive.

In training, the frameworks scale the elements that dropout keeps by 1 / (1 - rate). In
inference, dropout does nothing. The frameworks differ in the default mode. A PyTorch
module drops elements until eval() is called. A Keras layer that is called in a custom
training loop without training=True drops nothing, and gives no warning. (fit passes
training=True.) A module of Flax NNX drops elements until eval() is called; Flax Linen
raises an error unless `deterministic` is given. Instead of a random draw, the inputs
above 0 are kept here. They are scaled by the factor that the framework's own dropout
uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="other",
    part=Part.LAYER,
    defaults={"torch": "dropping", "tf": "passing", "jax": "dropping"},
)

RATE = 0.5


def problem(rng: Generator) -> Problem:
    """Return numbers around 0."""
    return Problem(inputs=rng.standard_normal(rng.integers(3, 9, 2)), parameters={})


def dropping(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Some elements are set to 0, the others are scaled up."""
    return np.where(stop_gradient(x) > 0, x, 0 * x) / (1 - RATE)


def passing(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """All elements pass unchanged."""
    return x * 1
