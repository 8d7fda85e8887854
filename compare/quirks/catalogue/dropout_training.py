"""Dropout: on until told otherwise, or off.

Both frameworks scale up what dropout keeps while training, by 1 / (1 - rate), and do
nothing afterwards. They differ in when. A PyTorch module drops until eval() is called.
A Keras layer that is called in one's own training loop without training=True drops
nothing at all, without a word (fit passes it). Here the inputs above 0 are kept, in
place of a random draw, and scaled by the factor that the framework's own dropout uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="other",
    part="layer",
    defaults={"torch": "dropping", "tf": "passing"},
)

RATE = 0.5


def problem(rng: Generator) -> Problem:
    """Numbers around 0."""
    return Problem(inputs=rng.standard_normal(rng.integers(3, 9, 2)), parameters={})


def dropping(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Some are set to 0, the others scaled up."""
    return np.where(stop_gradient(x) > 0, x, 0 * x) / (1 - RATE)


def passing(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """All pass as they are."""
    return x * 1
