"""Denormal (subnormal) numbers: kept or flushed to zero.

Numbers below the smallest normal number (2.2e-308 in float64, 1.2e-38 in float32) are
called denormal or subnormal. Processors can represent them, slowly and with fewer
digits. PyTorch keeps them on a CPU unless torch.set_flush_denormal(True) is called.
TensorFlow replaces them by 0 in every mode, and so does JAX on a CPU, except where its
compiler removes an operation. Here inputs are scaled down and up again: denormal
numbers come back unchanged if they are kept, and as 0 if they are flushed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="other",
    part=Part.LAYER,
    defaults={"torch": "kept", "tf": "flushed", "jax": "flushed"},
    impossible={
        "tf": {
            "kept": "TensorFlow flushes denormals in every mode; no setting keeps them"
        },
        "jax": {"kept": "JAX flushes denormals on a CPU; no setting keeps them"},
    },
)


def problem(rng: Generator) -> Problem:
    """Return numbers of which about half become denormal when they are scaled down."""
    shape = rng.integers(3, 9, size=2)
    sizes = np.where(rng.random(shape) < 0.5, 1 / 64, 1 / 4)  # noqa: PLR2004
    sizes[0, 0], sizes[1, 1] = 1 / 64, 1 / 4  # at least one of each
    signs = rng.choice((-1.0, 1.0), size=shape)
    return Problem(inputs=signs * sizes * (1 + rng.random(shape)), parameters={})


def kept(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Every number comes back unchanged."""
    return x * 1


def flushed(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Numbers below 1/8 come back as 0; their gradients are not changed."""
    value = stop_gradient(x)
    return x - np.where(abs(value) < 1 / 8, value, 0 * value)
