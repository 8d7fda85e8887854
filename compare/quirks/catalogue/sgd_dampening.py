"""Dampening: gradients enter the velocity whole, or in part.

PyTorch's SGD has a dampening, 0 unless asked for: that part of each gradient is left
out of the velocity, but not of the first gradient, which starts the velocity whole.
With the dampening equal to the momentum, the velocity becomes a running mean of the
gradients. Keras has no such argument.
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
    defaults={"torch": "undampened", "tf": "undampened"},
)
RATE, MOMENTUM, DAMPENING = 2.0**-5, 0.875, 0.75


def problem(rng: Generator) -> Problem:
    """A dense layer."""
    return dense_problem(rng)


def undampened(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Each gradient enters the velocity whole."""
    velocity = {
        name: MOMENTUM * memory.get(name, np.zeros_like(g)) + g
        for name, g in gradients.items()
    }
    after = {name: p - RATE * velocity[name] for name, p in parameters.items()}
    return after, velocity


def dampened(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Each gradient but the first enters the velocity in part."""
    velocity = {
        name: MOMENTUM * memory[name] + (1 - DAMPENING) * g if memory else g
        for name, g in gradients.items()
    }
    after = {name: p - RATE * velocity[name] for name, p in parameters.items()}
    return after, velocity
