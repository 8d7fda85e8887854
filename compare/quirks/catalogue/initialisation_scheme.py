"""Default initialisation of dense layers: Kaiming or Glorot uniform.

PyTorch and Keras draw the initial weights of a dense layer from a uniform distribution
between two bounds. Keras uses the Glorot (Xavier) bound, the square root of 6 / (inputs
+ outputs). PyTorch uses the Kaiming (He) bound with a = sqrt(5), which equals the
square root of 1 / inputs. Flax draws from a truncated normal distribution with variance
1 / inputs (LeCun). Here the weights are draws between -1 and 1, multiplied by the bound
of the framework's own initialiser. To measure this bound, the initialiser and a uniform
distribution between -1 and 1 draw from the same seed; the bound is the ratio of their
largest magnitudes. Keras rounds the bound to float32 even for float64, so every
spelling rounds it.
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
    other_defaults={
        "jax": "LeCun: a truncated normal distribution with variance 1 / inputs."
    },
)


def problem(rng: Generator) -> Problem:
    """Return inputs, and numbers between -1 and 1 for the weights of a dense layer."""
    n, inputs, outputs = rng.integers(3, 9, size=3)
    return Problem(
        inputs=rng.standard_normal((n, inputs)),
        parameters={"drawn_weight": rng.uniform(-1, 1, (inputs, outputs))},
    )


def by_inputs(x: Any, *, drawn_weight: Array, einsum: Einsum) -> Any:
    """Kaiming: the bound is sqrt(1 / inputs)."""
    inputs, _ = drawn_weight.shape
    bound = np.float32((1 / inputs) ** 0.5)
    return einsum("ni,io->no", x, drawn_weight * float(bound))


def by_inputs_and_outputs(x: Any, *, drawn_weight: Array, einsum: Einsum) -> Any:
    """Glorot: the bound is sqrt(6 / (inputs + outputs))."""
    bound = np.float32((6 / sum(drawn_weight.shape)) ** 0.5)
    return einsum("ni,io->no", x, drawn_weight * float(bound))
