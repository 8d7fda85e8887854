"""A kernel carried over: each axis to its place, or all axes reversed.

PyTorch keeps the kernel of a convolution as (out, in, height, width), TensorFlow as
(height, width, in, out). NumPy's .T, and tf.transpose without an order, reverse all
four axes: in and out reach their places, but height and width are swapped. A square
kernel still fits, so nothing complains; every kernel is mirrored along its diagonal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import convolve

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="layout",
    part=Part.LAYER,
    defaults={"torch": "each_in_its_place", "tf": "each_in_its_place"},
)


def problem(rng: Generator) -> Problem:
    """A few small images and a kernel as PyTorch keeps it."""
    n, inputs, outputs, height, width = rng.integers(2, 6, size=5)
    return Problem(
        inputs=rng.standard_normal((n, height + 2, width + 2, inputs)),
        parameters={"kernel": rng.standard_normal((outputs, inputs, 3, 3)) / 3},
    )


def each_in_its_place(x: Array, *, kernel: Array, einsum: Einsum) -> Array:
    """Height stays height."""
    weight = np.transpose(kernel, (2, 3, 1, 0))
    return _convolved(x, weight, einsum=einsum)


def all_reversed(x: Array, *, kernel: Array, einsum: Einsum) -> Array:
    """Height becomes width."""
    return _convolved(x, np.transpose(kernel), einsum=einsum)


def _convolved(x: Array, weight: Array, *, einsum: Einsum) -> Array:
    return convolve(x, weight, stride=1, padding=(0, 0), einsum=einsum)
