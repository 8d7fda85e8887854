"""RMSprop epsilon: outside or inside the square root.

PyTorch takes the square root of the running mean of squared gradients and then adds
epsilon. Keras, and Optax by default (eps_in_sqrt=True), add epsilon to the mean and
then take the square root. An epsilon in Keras thus acts like its square root in
PyTorch. In Keras, 1e-7 reduces the steps of gradients below about 3e-4. In PyTorch,
1e-8 reduces only the steps of gradients near 1e-8.
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
    defaults={"torch": "outside_root", "tf": "inside_root", "jax": "inside_root"},
)
RATE, RHO, EPSILON = 2.0**-6, 0.875, 2.0**-4


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def outside_root(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Epsilon is added to the square root of the mean square."""
    square = _mean_square(gradients, memory)
    after = {
        name: p - RATE * gradients[name] / (np.sqrt(square[name]) + EPSILON)
        for name, p in parameters.items()
    }
    return after, square


def inside_root(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Epsilon is added to the mean square, before the square root."""
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
