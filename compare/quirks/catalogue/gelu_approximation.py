"""GELU: exact (erf) or tanh approximation.

GELU is x times the cumulative distribution function of the normal distribution, which
needs the error function erf. An approximation by tanh was once cheaper, and differs by
up to 5e-4. PyTorch's gelu, tf.nn.gelu and keras.activations.gelu are exact by default.
keras.ops.gelu, which has the same name, and jax.nn.gelu use the approximation by
default. TensorFlow also rounds the constants in both formulas to float32, even for
float64. Where this would be visible, the formula is written out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import erf

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="activations",
    part=Part.LAYER,
    defaults={"torch": "by_erf", "tf": "by_erf", "jax": "by_tanh"},
)

CUBIC = 0.044714998453855515  # 0.044715 in float32, as in TensorFlow


def problem(rng: Generator) -> Problem:
    """Return numbers mostly below 0, where small outputs show the difference."""
    shape = rng.integers(3, 9, size=2)
    return Problem(inputs=rng.uniform(-1.5, 0.5, shape), parameters={})


def by_erf(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Exact, with the error function erf."""
    return 0.5 * x * (1 + erf(x / 2**0.5))


def by_tanh(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Approximation with tanh."""
    inner = (2 / np.pi) ** 0.5 * (x + CUBIC * x**3)
    return 0.5 * x * (1 + np.tanh(inner))
