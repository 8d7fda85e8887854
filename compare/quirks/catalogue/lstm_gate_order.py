"""LSTM gate order: forget gate second or third.

PyTorch and Keras store the blocks of an LSTM's weights in the same order: input gate,
forget gate, cell candidate, output gate. Flax's OptimizedLSTMCell has this order as
well. TensorFlow's older cells (tf.compat.v1.nn.rnn_cell.BasicLSTMCell) and its kernel
BlockLSTM have the cell candidate second and the forget gate third. Weights from such a
checkpoint have the shapes that all of these layers expect. Loaded without reordering,
the two blocks are swapped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import lstm, recurrent_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="recurrent",
    part=Part.LAYER,
    defaults={"torch": "forget_second", "tf": "forget_second", "jax": "forget_second"},
)


def problem(rng: Generator) -> Problem:
    """Return short sequences and an LSTM with one bias vector."""
    return recurrent_problem(rng, gates=4)


def forget_second(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The blocks are input gate, forget gate, cell candidate, output gate."""
    weights = (input_weight, recurrent_weight, bias)
    return lstm(x, weights, order="ifgo", einsum=einsum)


def forget_third(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The blocks are input gate, cell candidate, forget gate, output gate."""
    weights = (input_weight, recurrent_weight, bias)
    return lstm(x, weights, order="igfo", einsum=einsum)
