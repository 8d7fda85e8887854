"""Gradient of maximum at a tie: split equally or all to the first.

Where both arguments of maximum are equal, PyTorch and JAX pass half of the gradient to
each. TensorFlow passes all of it to the first argument. A ReLU written as maximum(x, 0)
has ties from the first step on: biases are initialised to 0, and samples of padding are
0, too. The losses are equal, the first updates are not. (The gradient of relu itself at
0 is 0 in each framework.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import affine
from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="other",
    part=Part.LAYER,
    defaults={"torch": "shared", "tf": "all_to_the_first", "jax": "shared"},
)


def problem(rng: Generator) -> Problem:
    """Return a dense layer with zero biases and a batch with a sample of zeros."""
    n, inputs, outputs = rng.integers(3, 9, size=3)
    x = rng.standard_normal((n, inputs))
    x[0] = 0
    return Problem(
        inputs=x,
        parameters={
            "weight": rng.standard_normal((inputs, outputs)),
            "bias": np.zeros(outputs),
        },
    )


def shared(x: Any, *, weight: Array, bias: Array, einsum: Einsum) -> Any:
    """Each argument receives half of the gradient."""
    z = affine(x, weight, bias, einsum=einsum)
    return (z + abs(z)) / 2


def all_to_the_first(x: Any, *, weight: Array, bias: Array, einsum: Einsum) -> Any:
    """The first argument receives all of the gradient."""
    z = affine(x, weight, bias, einsum=einsum)
    return np.where(z >= 0, z, 0 * z)
