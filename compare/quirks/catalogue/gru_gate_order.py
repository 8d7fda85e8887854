"""A GRU's gates: reset or update first.

A gated recurrent unit keeps the weights of its reset gate, its update gate and its
candidate side by side in one matrix. PyTorch keeps them in this order, Keras puts the
update gate first. The shapes are the same: weights that are copied as they are load
without complaint and swap two gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import gru, recurrent_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="recurrent",
    part=Part.LAYER,
    defaults={"torch": "reset_first", "tf": "update_first"},
)


def problem(rng: Generator) -> Problem:
    """Short sequences, one matrix and one bias for the inputs and for the state."""
    return recurrent_problem(rng, gates=3, biases=2)


def reset_first(
    x: Any,
    *,
    input_weight: Array,
    recurrent_weight: Array,
    biases: Array,
    einsum: Einsum,
) -> Any:
    """The blocks are reset gate, update gate, candidate."""
    weights = (input_weight, recurrent_weight, biases)
    return gru(x, weights, order="rzn", einsum=einsum)


def update_first(
    x: Any,
    *,
    input_weight: Array,
    recurrent_weight: Array,
    biases: Array,
    einsum: Einsum,
) -> Any:
    """The blocks are update gate, reset gate, candidate."""
    weights = (input_weight, recurrent_weight, biases)
    return gru(x, weights, order="zrn", einsum=einsum)
