"""RMSprop's epsilon: outside the square root, or inside.

PyTorch takes the root of the running mean of squared gradients and adds epsilon to it.
Keras adds epsilon to the mean and takes the root of both. The same epsilon stands for
its own root in Keras: 1e-7 there keeps gradients below about 3e-4 from their full step,
1e-8 in PyTorch only those near 1e-8.
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
    defaults={"torch": "outside_root", "tf": "inside_root"},
)
RATE, RHO, EPSILON = 2.0**-6, 0.875, 2.0**-4


def problem(rng: Generator) -> Problem:
    """A dense layer."""
    return dense_problem(rng)


def outside_root(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Added to the root of the mean square."""
    square = _mean_square(gradients, memory)
    after = {
        name: p - RATE * gradients[name] / (np.sqrt(square[name]) + EPSILON)
        for name, p in parameters.items()
    }
    return after, square


def inside_root(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Added to the mean square, before the root."""
    square = _mean_square(gradients, memory)
    after = {
        name: p - RATE * gradients[name] / np.sqrt(square[name] + EPSILON)
        for name, p in parameters.items()
    }
    return after, square


def _mean_square(gradients: Arrays, memory: Arrays) -> Arrays:
    return {
        name: RHO * memory.get(name, np.zeros_like(g)) + (1 - RHO) * g**2
        for name, g in gradients.items()
    }
