"""AdamW: default weight decay 0.01 or 0.004.

AdamW uses decoupled weight decay: at each update, the frameworks subtract learning rate
times weight decay times the parameter, in addition to the gradient step. PyTorch's
default weight decay is 0.01, Keras' default is 0.004, that of optax.adamw is 0.0001.
Keras rounds it to float32, in float64 too. Epsilon is 0 here, because the frameworks
add it in different places (see adam_epsilon).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import adam_direction, dense_problem, update_moments

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Arrays

QUIRK = Quirk(
    topic="optimizers",
    part=Part.OPTIMIZER,
    defaults={"torch": "stronger", "tf": "weaker"},
    other_defaults={"jax": "Weight decay 0.0001."},
)
RATE, BETA1, BETA2 = 2.0**-3, 0.875, 0.9375


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def stronger(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Weight decay 0.01."""
    return _update(parameters, gradients, memory, decay=0.01)


def weaker(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Weight decay 0.004."""
    return _update(parameters, gradients, memory, decay=float(np.float32(0.004)))


def _update(
    parameters: Arrays, gradients: Arrays, memory: Arrays, *, decay: float
) -> tuple[Arrays, Arrays]:
    memory = update_moments(gradients, memory, beta1=BETA1, beta2=BETA2)
    after = {
        name: p * (1 - RATE * decay)
        - RATE * adam_direction(memory, name, beta1=BETA1, beta2=BETA2)
        for name, p in parameters.items()
    }
    return after, memory
