"""Adadelta: default learning rate 1 or 0.001.

Adadelta was published without a learning rate, because it computes its own step size.
PyTorch's default learning rate of 1.0 keeps this step size. Keras' default is 0.001, as
for most of its optimizers, so that the parameters hardly change. The other defaults
differ too: rho is 0.9 and epsilon 1e-6 in PyTorch, 0.95 and 1e-7 in Keras. The update
formula is the same. Optax has PyTorch's rho and epsilon, and no default learning rate:
without one, optax.adadelta does not change the sign of the step, so that training
increases the loss.
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
    defaults={"torch": "full_rate", "tf": "thousandth_rate"},
    other_defaults={
        "jax": "Rho 0.9 and epsilon 1e-6; without a learning rate, the step is added."
    },
)


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def full_rate(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Learning rate 1, rho 0.9, epsilon 1e-6."""
    steps, memory = _compute_steps(gradients, memory, rho=0.9, epsilon=1e-6)
    after = {name: p - steps[name] for name, p in parameters.items()}
    return after, memory


def thousandth_rate(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Learning rate 0.001, rho 0.95, epsilon 1e-7."""
    steps, memory = _compute_steps(gradients, memory, rho=0.95, epsilon=1e-7)
    after = {name: p - 0.001 * steps[name] for name, p in parameters.items()}
    return after, memory


def _compute_steps(
    gradients: Arrays, memory: Arrays, *, rho: float, epsilon: float
) -> tuple[Arrays, Arrays]:
    steps, now = {}, {}
    for name, g in gradients.items():
        square = memory.get(f"square:{name}", np.zeros_like(g))
        change = memory.get(f"change:{name}", np.zeros_like(g))
        square = rho * square + (1 - rho) * g**2
        step = np.sqrt(change + epsilon) / np.sqrt(square + epsilon) * g
        now[f"square:{name}"] = square
        now[f"change:{name}"] = rho * change + (1 - rho) * step**2
        steps[name] = step
    return steps, now
