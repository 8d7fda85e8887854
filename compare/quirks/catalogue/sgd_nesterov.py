"""SGD momentum: plain or Nesterov.

Nesterov momentum is off by default in each framework. At a constant learning rate they
define it in the same way. First the gradient is added to the velocity. Then the
parameter moves by the gradient plus momentum times the velocity, as if one step ahead.
A translation that omits the argument trains with plain momentum and raises no error.
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
    defaults={"torch": "plain", "tf": "plain", "jax": "plain"},
)
RATE, MOMENTUM = 2.0**-5, 0.875


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def plain(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The parameter moves by the velocity."""
    velocity = _velocity(gradients, memory)
    after = {name: p - RATE * velocity[name] for name, p in parameters.items()}
    return after, velocity


def looking_ahead(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The parameter moves by the gradient plus momentum times the velocity."""
    velocity = _velocity(gradients, memory)
    after = {
        name: p - RATE * (gradients[name] + MOMENTUM * velocity[name])
        for name, p in parameters.items()
    }
    return after, velocity


def _velocity(gradients: Arrays, memory: Arrays) -> Arrays:
    return {
        name: MOMENTUM * memory.get(name, np.zeros_like(g)) + g
        for name, g in gradients.items()
    }
