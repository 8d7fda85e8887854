"""Adam: default epsilon 1e-8 after or 1e-7 before bias correction.

Without an epsilon argument, the Adam of PyTorch and of Optax uses 1e-8 and Keras' Adam
uses 1e-7. Keras also adds epsilon in another place (see adam_epsilon). At the first
step, Keras' epsilon corresponds to about 3e-6 in PyTorch, more than 300 times PyTorch's
default. With gradients of about a millionth, as here, the updates are then several
times smaller.
"""

from __future__ import annotations

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
    defaults={"torch": "smaller", "tf": "larger", "jax": "smaller"},
)
RATE, BETA1, BETA2 = 2.0**-26, 0.875, 1 - 2.0**-10
SMALL = 2.0**-22  # scale of parameters, outputs, targets and gradients


def problem(rng: Generator) -> Problem:
    """Return a dense layer with small values, so that the gradients are small."""
    drawn = dense_problem(rng)
    small = {name: SMALL * array for name, array in drawn.parameters.items()}
    shape = len(drawn.inputs), len(small["bias"])
    return Problem(
        inputs=drawn.inputs,
        parameters=small,
        targets=SMALL * rng.standard_normal(shape),
    )


def smaller(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """1e-8, added to the root of the bias-corrected second moment."""
    memory = update_moments(gradients, memory, beta1=BETA1, beta2=BETA2)
    t = int(memory["step"])
    after = {
        name: p
        - RATE
        * (memory[f"first:{name}"] / (1 - BETA1**t))
        / (np.sqrt(memory[f"second:{name}"] / (1 - BETA2**t)) + 1e-8)
        for name, p in parameters.items()
    }
    return after, memory


def larger(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """1e-7, added to the root of the uncorrected second moment."""
    memory = update_moments(gradients, memory, beta1=BETA1, beta2=BETA2)
    t = int(memory["step"])
    rate = RATE * (1 - BETA2**t) ** 0.5 / (1 - BETA1**t)
    after = {
        name: p
        - rate * memory[f"first:{name}"] / (np.sqrt(memory[f"second:{name}"]) + 1e-7)
        for name, p in parameters.items()
    }
    return after, memory
