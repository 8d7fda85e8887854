"""Weight decay: on all parameters or on weights only.

The frameworks apply weight decay to all parameters they are given, including biases and
normalisation parameters. Published recipes often exclude those. In PyTorch this needs
parameter groups, in Keras exclude_from_weight_decay, which must be called before the
optimizer is built, in Optax a mask. A translation that omits the exclusion pulls every
bias towards 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import dense_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Arrays

QUIRK = Quirk(
    topic="optimizers",
    part=Part.OPTIMIZER,
    defaults={"torch": "everything", "tf": "everything", "jax": "everything"},
)
RATE, DECAY = 2.0**-5, 0.5


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def everything(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Weight decay applies to weights and biases."""
    after = {
        name: p - RATE * (gradients[name] + DECAY * p) for name, p in parameters.items()
    }
    return after, memory


def weights_alone(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Weight decay applies to weights, not to biases."""
    after = {
        name: p - RATE * (gradients[name] + (DECAY * p if p.ndim > 1 else 0))
        for name, p in parameters.items()
    }
    return after, memory
