"""Adam's weight decay: in the gradient, or beside it.

Adam(weight_decay=...) means two things. PyTorch adds the decay to the gradient, where
Adam's moments divide it by the size of the gradients: an L2 penalty, hardly felt where
gradients are large. Keras shrinks the parameter itself before the update, which is what
AdamW does in both. Epsilon is 0 here, so that its place plays no part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import adam_direction, dense_problem, update_moments

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Arrays

QUIRK = Quirk(
    topic="optimizers",
    part=Part.OPTIMIZER,
    defaults={"torch": "in_the_gradient", "tf": "beside_the_gradient"},
)
RATE, BETA1, BETA2, DECAY = 2.0**-5, 0.875, 0.9375, 0.25


def problem(rng: Generator) -> Problem:
    """A dense layer."""
    return dense_problem(rng)


def in_the_gradient(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Added to the gradient before Adam sees it."""
    penalised = {name: g + DECAY * parameters[name] for name, g in gradients.items()}
    memory = update_moments(penalised, memory, beta1=BETA1, beta2=BETA2)
    after = {
        name: p - RATE * adam_direction(memory, name, beta1=BETA1, beta2=BETA2)
        for name, p in parameters.items()
    }
    return after, memory


def beside_the_gradient(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Taken off the parameter, times the learning rate."""
    memory = update_moments(gradients, memory, beta1=BETA1, beta2=BETA2)
    after = {
        name: p * (1 - RATE * DECAY)
        - RATE * adam_direction(memory, name, beta1=BETA1, beta2=BETA2)
        for name, p in parameters.items()
    }
    return after, memory
