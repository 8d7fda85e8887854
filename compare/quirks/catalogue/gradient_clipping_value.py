"""Gradient clipping: by value or by global norm.

clip_grad_value_ in PyTorch, clipvalue in Keras and optax.clip limit each element of the
gradient separately, which turns the step towards the diagonals. Clipping by norm scales
all elements by the same factor. In Keras this is global_clipnorm, in Optax
clip_by_global_norm. In PyTorch it is clip_grad_norm_, except that PyTorch adds 1e-6 to
the norm. With the same limit, the step clipped by norm is never longer than the step
clipped by value.
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
    defaults={"torch": "by_value", "tf": "by_value", "jax": "by_value"},
)
RATE, MAXIMUM = 2.0**-3, 0.5


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def by_value(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Each element is limited to [-maximum, maximum]."""
    after = {
        name: p - RATE * np.clip(gradients[name], -MAXIMUM, MAXIMUM)
        for name, p in parameters.items()
    }
    return after, memory


def by_norm(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """All elements are scaled so that their global norm is at most the maximum."""
    norm = float(np.sqrt(sum(np.sum(g**2) for g in gradients.values())))
    scale = MAXIMUM / max(norm, MAXIMUM)
    after = {
        name: p - RATE * (gradients[name] * scale) for name, p in parameters.items()
    }
    return after, memory
