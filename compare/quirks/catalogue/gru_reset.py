"""A GRU's reset gate: after or before the product with the state.

The reset gate decides how much of the state the candidate sees. It can scale the state
before the candidate's matrix does, or what that matrix made of it, as in cuDNN.
PyTorch's nn.GRU has the second alone. Keras has both: reset_after=True is the default
and has a bias of two rows; a checkpoint of reset_after=False has one, and needs a loop
of one's own in PyTorch.
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
    defaults={"torch": "after_product", "tf": "after_product"},
)


def problem(rng: Generator) -> Problem:
    """Short sequences and one bias; blocks in the order reset, update, candidate."""
    return recurrent_problem(rng, gates=3)


def after_product(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The gate scales what the candidate's matrix made of the state."""
    weights = (input_weight, recurrent_weight, (bias, 0 * bias))
    return gru(x, weights, einsum=einsum)


def before_product(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The gate scales the state that the candidate's matrix is given."""
    weights = (input_weight, recurrent_weight, (bias, 0 * bias))
    return gru(x, weights, reset_after=False, einsum=einsum)
