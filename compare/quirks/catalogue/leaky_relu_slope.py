"""Leaky ReLU's slope: 0.01 or 0.2.

Below 0 PyTorch's leaky_relu keeps a hundredth of its input, tf.nn.leaky_relu and
keras.activations.leaky_relu a fifth, and the layer keras.layers.LeakyReLU 0.3.
TensorFlow also keeps the slope as a float32 number, even for float64: there -1 becomes
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
    defaults={"torch": "a_hundredth", "tf": "a_fifth"},
)

FIFTH = 0.20000000298023224  # 0.2 in float32, as TensorFlow has it


def problem(rng: Generator) -> Problem:
    """Numbers around 0."""
    return Problem(inputs=rng.standard_normal(rng.integers(3, 9, 2)), parameters={})


def a_hundredth(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """0.01 of what is below 0."""
    return np.where(x > 0, x, 0.01 * x)


def a_fifth(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """0.2 of what is below 0."""
    return np.where(x > 0, x, FIFTH * x)
