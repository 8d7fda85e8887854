"""Leaky ReLU: default negative slope 0.01 or 0.2.

Leaky ReLU multiplies inputs below 0 by a small slope. The default slope is 0.01 in
PyTorch's leaky_relu and jax.nn.leaky_relu, 0.2 in tf.nn.leaky_relu and
keras.activations.leaky_relu, and 0.3 in the layer keras.layers.LeakyReLU. TensorFlow
also stores the slope in float32, even for float64 inputs, so that -1 becomes
-0.20000000298.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="activations",
    part=Part.LAYER,
    defaults={"torch": "a_hundredth", "tf": "a_fifth", "jax": "a_hundredth"},
)

FIFTH = 0.20000000298023224  # 0.2 rounded to float32, as in TensorFlow


def problem(rng: Generator) -> Problem:
    """Return random inputs around 0."""
    return Problem(inputs=rng.standard_normal(rng.integers(3, 9, 2)), parameters={})


def a_hundredth(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Inputs below 0 are multiplied by 0.01."""
    return np.where(x > 0, x, 0.01 * x)


def a_fifth(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Inputs below 0 are multiplied by 0.2."""
    return np.where(x > 0, x, FIFTH * x)
