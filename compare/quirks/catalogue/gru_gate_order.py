"""GRU gate order: reset gate or update gate first.

A gated recurrent unit (GRU) stores the weights of its reset gate, its update gate and
its candidate side by side in one matrix. PyTorch uses this order. Keras stores the
update gate first. The shapes are the same. Weights that are copied without reordering
load without an error, and the two gates are swapped.
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
    """Return sequences, and a matrix and a bias each for the inputs and the state."""
    return recurrent_problem(rng, gates=3, biases=2)


def reset_first(
    x: Any,
    *,
    input_weight: Array,
    recurrent_weight: Array,
    biases: Array,
    einsum: Einsum,
) -> Any:
    """Order of the blocks: reset gate, update gate, candidate."""
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
    """Order of the blocks: update gate, reset gate, candidate."""
    weights = (input_weight, recurrent_weight, biases)
    return gru(x, weights, order="zrn", einsum=einsum)
