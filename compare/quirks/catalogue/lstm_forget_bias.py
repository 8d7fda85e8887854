"""LSTM forget-gate bias: initialised to 1 or around 0.

Keras initialises the bias of the forget gate to 1 (unit_forget_bias=True) and all other
biases to 0, so that a new layer keeps its cell state. PyTorch draws all biases from the
same distribution around 0: a new layer forgets about half of the cell state at every
step. Flax initialises all biases to 0, which has the same effect. Here `bias` is the
change learned since initialisation. Each spelling adds it to its own initial value.
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
    defaults={
        "torch": "starts_at_zero",
        "tf": "starts_at_one",
        "jax": "starts_at_zero",
    },
)


def problem(rng: Generator) -> Problem:
    """Return short sequences and an LSTM; `bias` is the change since its start."""
    return recurrent_problem(rng, gates=4)


def starts_at_zero(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The bias of the forget gate starts around 0, like the others."""
    return lstm(x, (input_weight, recurrent_weight, bias), einsum=einsum)


def starts_at_one(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The bias of the forget gate starts at 1, the others around 0."""
    ones = np.ones(len(recurrent_weight), recurrent_weight.dtype)
    start = np.concatenate((0 * ones, ones, 0 * ones, 0 * ones))
    return lstm(x, (input_weight, recurrent_weight, start + bias), einsum=einsum)
