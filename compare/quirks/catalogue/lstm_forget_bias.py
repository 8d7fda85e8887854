"""An LSTM's forget gate: starts open or not.

Keras starts the forget gate's bias at 1 (unit_forget_bias=True) and all others at 0, so
that a new layer remembers. PyTorch draws all of them alike, around 0: a new layer
forgets about half at every step. Here `bias` is what has been learned since the start,
which each spelling adds to its own start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import lstm, recurrent_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="recurrent",
    part=Part.LAYER,
    defaults={"torch": "starts_at_zero", "tf": "starts_at_one"},
)


def problem(rng: Generator) -> Problem:
    """Short sequences and one bias, the part of it that is learned."""
    return recurrent_problem(rng, gates=4)


def starts_at_zero(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The forget gate's bias starts around 0, like the others."""
    return lstm(x, (input_weight, recurrent_weight, bias), einsum=einsum)


def starts_at_one(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The forget gate's bias starts at 1, the others around 0."""
    ones = np.ones(len(recurrent_weight), recurrent_weight.dtype)
    start = np.concatenate((0 * ones, ones, 0 * ones, 0 * ones))
    return lstm(x, (input_weight, recurrent_weight, start + bias), einsum=einsum)
