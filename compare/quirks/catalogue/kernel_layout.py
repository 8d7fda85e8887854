"""Converting a convolution kernel: axes permuted or all reversed.

PyTorch stores the kernel of a convolution as (out, in, height, width), TensorFlow and
Flax as (height, width, in, out). The .T of NumPy and JAX, and tf.transpose without
perm, reverse all four axes. The axes out and in are then correct, but height and width
are swapped. A square kernel keeps its shape, so that no error is raised, but every
kernel is transposed, that is, mirrored along its diagonal.
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
    defaults={
        "torch": "each_in_its_place",
        "tf": "each_in_its_place",
        "jax": "each_in_its_place",
    },
)


def problem(rng: Generator) -> Problem:
    """Return a few small images, and a kernel in PyTorch's layout."""
    n, inputs, outputs, height, width = rng.integers(2, 6, size=5)
    return Problem(
        inputs=rng.standard_normal((n, height + 2, width + 2, inputs)),
        parameters={"kernel": rng.standard_normal((outputs, inputs, 3, 3)) / 3},
    )


def each_in_its_place(x: Array, *, kernel: Array, einsum: Einsum) -> Array:
    """The axes are permuted: height stays height."""
    weight = np.transpose(kernel, (2, 3, 1, 0))
    return _convolve(x, weight, einsum=einsum)


def all_reversed(x: Array, *, kernel: Array, einsum: Einsum) -> Array:
    """All axes are reversed: height becomes width."""
    return _convolve(x, np.transpose(kernel), einsum=einsum)


def _convolve(x: Array, weight: Array, *, einsum: Einsum) -> Array:
    return convolve(x, weight, stride=1, padding=(0, 0), einsum=einsum)
