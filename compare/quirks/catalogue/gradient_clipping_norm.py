"""Gradient clipping by norm: global or per variable.

PyTorch's clip_grad_norm_ computes one norm over all gradients and scales all of them by
the same factor, so that the direction of the step is kept. It adds 1e-6 to the norm
before the division. Keras' clipnorm clips the gradient of each variable separately to
the same norm, which changes the direction. Its global_clipnorm uses one norm over all
gradients, without the 1e-6, as clip_by_global_norm of Optax does.
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
    defaults={"torch": "over_everything", "tf": "per_variable"},
)
RATE, MAXIMUM = 2.0**-2, 0.5


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def over_everything(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """One norm over all gradients, to which 1e-6 is added."""
    norm = float(np.sqrt(sum(np.sum(g**2) for g in gradients.values())))
    scale = min(MAXIMUM / (norm + 1e-6), 1.0)
    after = {
        name: p - RATE * (gradients[name] * scale) for name, p in parameters.items()
    }
    return after, memory


def per_variable(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """One norm for each variable."""
    norms = {name: float(np.sqrt(np.sum(g**2))) for name, g in gradients.items()}
    after = {
        name: p - RATE * (gradients[name] * MAXIMUM / max(norms[name], MAXIMUM))
        for name, p in parameters.items()
    }
    return after, memory
