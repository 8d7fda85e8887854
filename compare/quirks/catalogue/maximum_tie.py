"""A maximum of equals: whose gradient.

Where both arguments of maximum are equal, PyTorch gives half of the gradient to each.
TensorFlow gives all of it to the first. A ReLU written as maximum(x, 0) meets the tie
at once: biases start at 0, and a sample of padding is 0, too. The losses are the same,
the first step is not. (relu itself passes nothing at 0, in both.)
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
    defaults={"torch": "shared", "tf": "all_to_the_first"},
)


def problem(rng: Generator) -> Problem:
    """A dense layer whose biases are 0, and a batch with a sample of zeros."""
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
    """Half for each."""
    z = affine(x, weight, bias, einsum=einsum)
    return (z + abs(z)) / 2


def all_to_the_first(x: Any, *, weight: Array, bias: Array, einsum: Einsum) -> Any:
    """All for the first argument."""
    z = affine(x, weight, bias, einsum=einsum)
    return np.where(z >= 0, z, 0 * z)
