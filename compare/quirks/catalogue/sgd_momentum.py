"""Momentum: the learning rate outside the velocity, or inside.

PyTorch gathers gradients in the velocity and multiplies all of it by the rate of the
moment. Keras multiplies each gradient by the rate before it enters the velocity. At a
constant rate they are the same; when the rate changes, old gradients follow the new
rate in PyTorch and keep their own in Keras. Here the rate is halved after each step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import dense_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Arrays

QUIRK = Quirk(
    topic="optimizers",
    part=Part.OPTIMIZER,
    defaults={"torch": "rate_outside", "tf": "rate_inside"},
)
RATE, MOMENTUM, DECAY = 2.0**-5, 0.875, 0.5


def problem(rng: Generator) -> Problem:
    """A dense layer."""
    return dense_problem(rng)


def rate_outside(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The rate multiplies the velocity."""
    rate, memory = _advanced(memory)
    for name, g in gradients.items():
        memory[name] = MOMENTUM * memory.get(name, np.zeros_like(g)) + g
    after = {name: p - rate * memory[name] for name, p in parameters.items()}
    return after, memory


def rate_inside(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The rate multiplies each gradient on its way into the velocity."""
    rate, memory = _advanced(memory)
    for name, g in gradients.items():
        memory[name] = MOMENTUM * memory.get(name, np.zeros_like(g)) - rate * g
    after = {name: p + memory[name] for name, p in parameters.items()}
    return after, memory


def _advanced(memory: Arrays) -> tuple[float, dict[str, Array]]:
    step = int(memory.get("step", 0))
    return RATE * DECAY**step, {**memory, "step": np.asarray(step + 1)}
