"""A dense layer's first weights: how far they spread.

Both frameworks draw the first weights of a dense layer evenly between two bounds. Keras
takes Glorot's bound, the root of 6 / (inputs + outputs). PyTorch takes Kaiming's with
a = sqrt(5), which comes to the root of 1 / inputs. Here the weights are given draws
between -1 and 1, times the bound of the framework's own initialiser: it draws twice
from one seed, and the bound is how much further its weights reach than even draws.
Keras rounds the bound to float32 even for float64, so every spelling does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="initialisation",
    part=Part.LAYER,
    defaults={"torch": "by_inputs", "tf": "by_inputs_and_outputs"},
)


def problem(rng: Generator) -> Problem:
    """A dense layer's draws between -1 and 1."""
    n, inputs, outputs = rng.integers(3, 9, size=3)
    return Problem(
        inputs=rng.standard_normal((n, inputs)),
        parameters={"drawn_weight": rng.uniform(-1, 1, (inputs, outputs))},
    )


def by_inputs(x: Any, *, drawn_weight: Array, einsum: Einsum) -> Any:
    """Bounded by the root of 1 / inputs."""
    inputs, _ = drawn_weight.shape
    bound = np.float32((1 / inputs) ** 0.5)
    return einsum("ni,io->no", x, drawn_weight * float(bound))


def by_inputs_and_outputs(x: Any, *, drawn_weight: Array, einsum: Einsum) -> Any:
    """Bounded by the root of 6 / (inputs + outputs)."""
    bound = np.float32((6 / sum(drawn_weight.shape)) ** 0.5)
    return einsum("ni,io->no", x, drawn_weight * float(bound))
