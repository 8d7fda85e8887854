"""SGD momentum: learning rate outside or inside the velocity.

PyTorch and Optax sum gradients in the velocity (the momentum buffer) and multiply it by
the current learning rate. Keras multiplies each gradient by the learning rate before
adding it to the velocity. At a constant learning rate the two are the same. When the
learning rate changes, they apply the new one to old gradients; in Keras, old gradients
keep their own. Here the learning rate is halved after each step.
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
    defaults={"torch": "rate_outside", "tf": "rate_inside", "jax": "rate_outside"},
)
RATE, MOMENTUM, DECAY = 2.0**-5, 0.875, 0.5


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def rate_outside(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The learning rate multiplies the velocity."""
    rate, memory = _advanced(memory)
    for name, g in gradients.items():
        memory[name] = MOMENTUM * memory.get(name, np.zeros_like(g)) + g
    after = {name: p - rate * memory[name] for name, p in parameters.items()}
    return after, memory


def rate_inside(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The learning rate multiplies each gradient before the velocity."""
    rate, memory = _advanced(memory)
    for name, g in gradients.items():
        memory[name] = MOMENTUM * memory.get(name, np.zeros_like(g)) - rate * g
    after = {name: p + memory[name] for name, p in parameters.items()}
    return after, memory


def _advanced(memory: Arrays) -> tuple[float, dict[str, Array]]:
    step = int(memory.get("step", 0))
    return RATE * DECAY**step, {**memory, "step": np.asarray(step + 1)}
