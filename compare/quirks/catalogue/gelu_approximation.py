"""GELU: exact or by tanh.

GELU is x times the normal distribution function, which needs erf; a fit by tanh was
once cheaper, and differs by up to 5e-4. PyTorch's gelu, tf.nn.gelu and
keras.activations.gelu are exact by default, but keras.ops.gelu, of the same name,
takes the fit. TensorFlow also rounds the constants in both formulas to float32, even
for float64: written out here, where it would show.
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
    defaults={"torch": "by_erf", "tf": "by_erf"},
)

CUBIC = 0.044714998453855515  # 0.044715 in float32, as TensorFlow has it


def problem(rng: Generator) -> Problem:
    """Numbers mostly below 0, where the outputs are small and the two differ."""
    shape = rng.integers(3, 9, size=2)
    return Problem(inputs=rng.uniform(-1.5, 0.5, shape), parameters={})


def by_erf(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """Exact: through the error function."""
    return 0.5 * x * (1 + erf(x / 2**0.5))


def by_tanh(x: Any, *, einsum: Einsum) -> Any:  # noqa: ARG001
    """A fit through tanh."""
    inner = (2 / np.pi) ** 0.5 * (x + CUBIC * x**3)
    return 0.5 * x * (1 + np.tanh(inner))
