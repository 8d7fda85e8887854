"""SGD momentum: without or with dampening.

PyTorch's SGD has an argument `dampening`, 0 by default. Each gradient is multiplied by
1 - dampening before it is added to the velocity (the momentum buffer). The first
gradient is not dampened. With dampening equal to the momentum, the velocity becomes a
running mean of the gradients. Keras and Optax have no such argument.
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
    defaults={"torch": "undampened", "tf": "undampened", "jax": "undampened"},
)
RATE, MOMENTUM, DAMPENING = 2.0**-5, 0.875, 0.75


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def undampened(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Each gradient is added to the velocity in full."""
    velocity = {
        name: MOMENTUM * memory.get(name, np.zeros_like(g)) + g
        for name, g in gradients.items()
    }
    after = {name: p - RATE * velocity[name] for name, p in parameters.items()}
    return after, velocity


def dampened(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Each gradient except the first is multiplied by 1 - dampening."""
    velocity = {
        name: MOMENTUM * memory[name] + (1 - DAMPENING) * g if memory else g
        for name, g in gradients.items()
    }
    after = {name: p - RATE * velocity[name] for name, p in parameters.items()}
    return after, velocity
