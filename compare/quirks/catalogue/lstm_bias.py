"""An LSTM's bias: two vectors or one.

PyTorch keeps one bias for the inputs and one for the state, as cuDNN does; Keras keeps
one. Only their sum matters to the outputs, and both receive the same gradient: with the
same learning rate the sum of two moves twice as far. To train as Keras does, PyTorch
has to hold the second still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Problem, Quirk
from compare.quirks.operations import lstm, recurrent_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="recurrent",
    part="layer",
    defaults={"torch": "both_learn", "tf": "one_learns"},
)


def problem(rng: Generator) -> Problem:
    """Short sequences and two vectors of biases."""
    return recurrent_problem(rng, gates=4, biases=2)


def both_learn(
    x: Any,
    *,
    input_weight: Array,
    recurrent_weight: Array,
    biases: Array,
    einsum: Einsum,
) -> Any:
    """The bias is the sum of two vectors, each of which follows the gradient."""
    weights = (input_weight, recurrent_weight, biases[0] + biases[1])
    return lstm(x, weights, einsum=einsum)


def one_learns(
    x: Any,
    *,
    input_weight: Array,
    recurrent_weight: Array,
    biases: Array,
    einsum: Einsum,
) -> Any:
    """The first vector follows the gradient, the second stays as it is."""
    bias = biases[0] + stop_gradient(biases)[1]
    return lstm(x, (input_weight, recurrent_weight, bias), einsum=einsum)
