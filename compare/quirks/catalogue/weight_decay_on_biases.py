"""Weight decay: of every parameter, or of the weights alone.

Both frameworks decay whatever they are given, biases and normalisation parameters
included. Published recipes often leave those out: PyTorch by parameter groups, Keras by
exclude_from_weight_decay, which must come before the optimizer is built. A translation
that drops the exclusion pulls every bias towards zero.
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
    defaults={"torch": "everything", "tf": "everything"},
)
RATE, DECAY = 2.0**-5, 0.5


def problem(rng: Generator) -> Problem:
    """A dense layer."""
    return dense_problem(rng)


def everything(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Weights and biases decay."""
    after = {
        name: p - RATE * (gradients[name] + DECAY * p) for name, p in parameters.items()
    }
    return after, memory


def weights_alone(
    parameters: Arrays, gradients: Arrays, memory: Arrays
) -> tuple[Arrays, Arrays]:
    """Weights decay, biases do not."""
    after = {
        name: p - RATE * (gradients[name] + (DECAY * p if p.ndim > 1 else 0))
        for name, p in parameters.items()
    }
    return after, memory
