"""GRU reset gate: after or before the matrix product (reset_after).

The reset gate controls how much of the state enters the candidate. It can scale the
state before the product with the candidate's matrix, or the result of this product, as
in cuDNN. PyTorch's nn.GRU implements only the second form. Keras implements both:
reset_after=True is the default and has a bias with two rows. A checkpoint with
reset_after=False has a bias with one row, and needs a custom loop in PyTorch.
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
    """Return sequences and weights with one bias; blocks: reset, update, candidate."""
    return recurrent_problem(rng, gates=3)


def after_product(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The gate scales the product of the state and the candidate's matrix."""
    weights = (input_weight, recurrent_weight, (bias, 0 * bias))
    return gru(x, weights, einsum=einsum)


def before_product(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The gate scales the state before the product with the candidate's matrix."""
    weights = (input_weight, recurrent_weight, (bias, 0 * bias))
    return gru(x, weights, reset_after=False, einsum=einsum)
