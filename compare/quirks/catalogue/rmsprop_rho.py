"""RMSprop's default memory: 0.99 of the old average, or 0.9.

PyTorch calls it alpha and takes 0.99, Keras calls it rho and takes 0.9. The average
starts at zero and is not corrected for that, so the first step is 1 / sqrt(1 - rho)
times the learning rate: 10 times in PyTorch, about 3.2 times in Keras. Epsilon is 0
here, so that its place plays no part.
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
    defaults={"torch": "longer_memory", "tf": "shorter_memory"},
)
RATE = 2.0**-7


def problem(rng: Generator) -> Problem:
    """A dense layer."""
    return dense_problem(rng)


def longer_memory(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """0.99 of the average is kept at each step."""
    return _updated(parameters, gradients, memory, rho=0.99)


def shorter_memory(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """0.9 of the average is kept at each step."""
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
