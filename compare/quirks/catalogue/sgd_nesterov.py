"""Nesterov momentum: off or on.

Both frameworks leave it off unless asked, and at a constant rate both mean the same by
it: after the velocity has taken the gradient in, the parameter moves by the gradient
and by momentum times the velocity, as if one step ahead. A translation that loses the
argument trains with plain momentum, and nothing else tells.
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
    defaults={"torch": "plain", "tf": "plain"},
)
RATE, MOMENTUM = 2.0**-5, 0.875


def problem(rng: Generator) -> Problem:
    """A dense layer."""
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
    """The parameter moves by the gradient and momentum times the velocity."""
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
