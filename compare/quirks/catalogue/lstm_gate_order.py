"""An LSTM's gates: the forget gate second or third.

Here PyTorch and Keras agree: input gate, forget gate, cell, output gate. TensorFlow's
older cells (tf.compat.v1.nn.rnn_cell.BasicLSTMCell) and its kernel BlockLSTM put the
cell second and the forget gate third. Weights of such a checkpoint fit by their shapes
into either layer, and swap the two.
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
    defaults={"torch": "forget_second", "tf": "forget_second"},
)


def problem(rng: Generator) -> Problem:
    """Short sequences and one bias."""
    return recurrent_problem(rng, gates=4)


def forget_second(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The blocks are input gate, forget gate, cell, output gate."""
    weights = (input_weight, recurrent_weight, bias)
    return lstm(x, weights, order="ifgo", einsum=einsum)


def forget_third(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The blocks are input gate, cell, forget gate, output gate."""
    weights = (input_weight, recurrent_weight, bias)
    return lstm(x, weights, order="igfo", einsum=einsum)
