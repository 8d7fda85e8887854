"""Adagrad: initial accumulator value 0 or 0.1.

Adagrad divides each gradient by the square root of an accumulator, the sum of squared
gradients so far. PyTorch initialises the accumulator with 0. The size of the first step
is then the learning rate, whatever the gradient. Keras and Optax initialise the
accumulator with 0.1. Parameters whose gradients are well below 0.3 take smaller steps
until the sum of their squared gradients exceeds 0.1. Epsilon is 0 here, because PyTorch
adds it outside the square root, Keras and Optax inside. Keras rounds 0.1 to float32, in
float64 too.
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
    defaults={
        "torch": "starts_at_zero",
        "tf": "starts_at_a_tenth",
        "jax": "starts_at_a_tenth",
    },
)
RATE = 2.0**-5


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def starts_at_zero(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The accumulator starts at 0."""
    return _update(parameters, gradients, memory, start=0.0)


def starts_at_a_tenth(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The accumulator starts at 0.1."""
    return _update(parameters, gradients, memory, start=float(np.float32(0.1)))


def _update(
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
