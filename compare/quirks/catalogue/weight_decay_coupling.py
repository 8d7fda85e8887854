"""Adam weight decay: in the gradient (L2) or decoupled (AdamW).

Adam(weight_decay=...) has two meanings. PyTorch adds the decay to the gradient, and
Adam then divides it by the size of the gradients. This is an L2 penalty, with little
effect where gradients are large. Keras shrinks the parameter itself before the update.
This is decoupled weight decay, the method of AdamW in each framework. optax.adam has no
such argument; add_decayed_weights before it gives the first meaning, optax.adamw the
second. Epsilon is 0 here, so that its position has no effect.
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
    defaults={"torch": "in_the_gradient", "tf": "decoupled"},
    other_defaults={"jax": "optax.adam has no weight decay."},
)
RATE, BETA1, BETA2, DECAY = 2.0**-5, 0.875, 0.9375, 0.25


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def in_the_gradient(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The decay is added to the gradient before Adam's moments."""
    penalised = {name: g + DECAY * parameters[name] for name, g in gradients.items()}
    memory = update_moments(penalised, memory, beta1=BETA1, beta2=BETA2)
    after = {
        name: p - RATE * adam_direction(memory, name, beta1=BETA1, beta2=BETA2)
        for name, p in parameters.items()
    }
    return after, memory


def decoupled(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The parameter is reduced by learning rate times decay times itself."""
    memory = update_moments(gradients, memory, beta1=BETA1, beta2=BETA2)
    after = {
        name: p * (1 - RATE * DECAY)
        - RATE * adam_direction(memory, name, beta1=BETA1, beta2=BETA2)
        for name, p in parameters.items()
    }
    return after, memory
