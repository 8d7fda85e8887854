"""Adagrad's accumulator: starts at 0, or at 0.1.

PyTorch starts the sum of squared gradients at 0, so the first step is the learning rate
itself, whatever the gradient. Keras starts it at 0.1: parameters with gradients well
below 0.3 move less, and go on moving less until their own squares outweigh it. Epsilon
is 0 here, so that its place (outside the root in PyTorch, inside in Keras) plays no
part. Keras rounds its 0.1 to float32, in float64 too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import dense_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Arrays

QUIRK = Quirk(
    topic="optimizers",
    part=Part.OPTIMIZER,
    defaults={"torch": "starts_at_zero", "tf": "starts_at_a_tenth"},
)
RATE = 2.0**-5


def problem(rng: Generator) -> Problem:
    """A dense layer."""
    return dense_problem(rng)


def starts_at_zero(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The sum of squares starts at 0."""
    return _updated(parameters, gradients, memory, start=0.0)


def starts_at_a_tenth(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The sum of squares starts at 0.1."""
    return _updated(parameters, gradients, memory, start=float(np.float32(0.1)))


def _updated(
    parameters: Arrays, gradients: Arrays, memory: Arrays, *, start: float
) -> tuple[Arrays, Arrays]:
    total = {
        name: memory.get(name, np.full_like(g, start)) + g**2
        for name, g in gradients.items()
    }
    after = {
        name: p - RATE * gradients[name] / np.sqrt(total[name])
        for name, p in parameters.items()
    }
    return after, total
