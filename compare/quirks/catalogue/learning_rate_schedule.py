"""Learning-rate schedule: stepped after or before the optimizer.

Keras and Optax evaluate the schedule at the number of completed updates, so the first
update uses the first learning rate. In PyTorch the training loop calls
scheduler.step(). Called after optimizer.step(), it gives the same learning rates.
Called before it, the first learning rate is never used and the whole schedule runs one
update early. Here the learning rate is halved after each step.
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
    defaults={"torch": "after_update", "tf": "after_update", "jax": "after_update"},
)
RATE, DECAY = 2.0**-4, 0.5


def problem(rng: Generator) -> Problem:
    """Return a dense layer and its inputs."""
    return dense_problem(rng)


def after_update(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The first update uses the first learning rate."""
    step = int(memory.get("step", 0))
    rate = RATE * DECAY**step
    after = {name: p - rate * gradients[name] for name, p in parameters.items()}
    return after, {"step": np.asarray(step + 1)}


def before_update(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """The first update uses the second learning rate."""
    step = int(memory.get("step", 0)) + 1
    rate = RATE * DECAY**step
    after = {name: p - rate * gradients[name] for name, p in parameters.items()}
    return after, {"step": np.asarray(step)}
