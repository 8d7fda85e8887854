"""LSTM bias: two vectors (bias_ih and bias_hh) or one.

PyTorch's LSTM has two bias vectors, one for the inputs and one for the state, as cuDNN
does; the LSTMs of Keras and Flax have one. The outputs depend only on the sum of the
two, and both receive the same gradient. With the same learning rate, the sum therefore
changes twice as much. To train as Keras does, PyTorch has to keep the second vector
constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import lstm, recurrent_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="recurrent",
    part=Part.LAYER,
    defaults={"torch": "both_learn", "tf": "one_learns", "jax": "one_learns"},
)


def problem(rng: Generator) -> Problem:
    """Return short sequences and an LSTM with two bias vectors."""
    return recurrent_problem(rng, gates=4, biases=2)


def both_learn(
    x: Any,
    *,
    input_weight: Array,
    recurrent_weight: Array,
    biases: Array,
    einsum: Einsum,
) -> Any:
    """The bias is the sum of two vectors, and both are trained."""
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
    """The bias is the sum of two vectors; only the first is trained."""
    bias = biases[0] + stop_gradient(biases)[1]
    return lstm(x, (input_weight, recurrent_weight, bias), einsum=einsum)
