"""RMSprop decay (alpha or rho): default 0.99 or 0.9.

RMSprop divides by a running average of squared gradients. Its decay is called alpha in
PyTorch, with default 0.99, rho in Keras, with default 0.9, and decay in Optax, with the
same default. The average starts at 0 without bias correction, so the first step is 1 /
sqrt(1 - rho) times the learning rate: 10 times in PyTorch, about 3.2 times in Keras and
Optax. Epsilon is 0 here, so that its position has no effect.
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
        "torch": "longer_memory",
        "tf": "shorter_memory",
        "jax": "shorter_memory",
    },
)
RATE = 2.0**-7


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def longer_memory(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Each step keeps 0.99 of the running average."""
    return _updated(parameters, gradients, memory, rho=0.99)


def shorter_memory(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Each step keeps 0.9 of the running average."""
    return _updated(parameters, gradients, memory, rho=0.9)


def _updated(
    parameters: Arrays, gradients: Arrays, memory: Arrays, *, rho: float
) -> tuple[Arrays, Arrays]:
    square = {
        name: rho * memory.get(name, np.zeros_like(g)) + (1 - rho) * g**2
        for name, g in gradients.items()
    }
    after = {
        name: p - RATE * gradients[name] / np.sqrt(square[name])
        for name, p in parameters.items()
    }
    return after, square
