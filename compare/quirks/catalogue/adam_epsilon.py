"""Adam epsilon: added after or before bias correction.

PyTorch and Optax add epsilon to the root of the bias-corrected second moment. Keras
moves the bias corrections into the learning rate and adds epsilon to the root of the
uncorrected second moment, the paper's "epsilon hat". With the same epsilon and a beta2
of 0.999, Keras' epsilon has about 32 times more weight at the first step. The
difference shows where gradients are small compared with epsilon.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import dense_problem, update_moments

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Arrays

QUIRK = Quirk(
    topic="optimizers",
    part=Part.OPTIMIZER,
    defaults={
        "torch": "after_correction",
        "tf": "before_correction",
        "jax": "after_correction",
    },
)
RATE, BETA1, BETA2, EPSILON = 2.0**-7, 0.875, 0.9375, 2.0**-6


def problem(rng: Generator) -> Problem:
    """Return a dense layer; EPSILON is large, so that the difference shows."""
    return dense_problem(rng)


def after_correction(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Epsilon is added to the root of the bias-corrected second moment."""
    memory = update_moments(gradients, memory, beta1=BETA1, beta2=BETA2)
    t = int(memory["step"])
    after = {
        name: p
        - RATE
        * (memory[f"first:{name}"] / (1 - BETA1**t))
        / (np.sqrt(memory[f"second:{name}"] / (1 - BETA2**t)) + EPSILON)
        for name, p in parameters.items()
    }
    return after, memory


def before_correction(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Epsilon is added to the root of the uncorrected second moment."""
    memory = update_moments(gradients, memory, beta1=BETA1, beta2=BETA2)
    t = int(memory["step"])
    rate = RATE * sqrt(1 - BETA2**t) / (1 - BETA1**t)
    after = {
        name: p
        - rate * memory[f"first:{name}"] / (np.sqrt(memory[f"second:{name}"]) + EPSILON)
        for name, p in parameters.items()
    }
    return after, memory
