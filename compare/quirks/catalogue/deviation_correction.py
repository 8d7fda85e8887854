"""Standard deviation: divided by n - 1 or by n.

torch.std and torch.var divide the sum of squared deviations by n - 1 (correction=1,
Bessel's correction), which gives the unbiased estimate of a sample. tf.math.reduce_std,
keras.ops.std, jnp.std and NumPy divide it by n. A normalisation written by hand
therefore differs, most where there are few numbers: by 15% for four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import broadcast_vector
from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import mean_and_variance

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="other",
    part=Part.LAYER,
    defaults={"torch": "over_all_but_one", "tf": "over_all", "jax": "over_all"},
)

EPSILON = 0.125


def problem(rng: Generator) -> Problem:
    """Return a few samples, each of which is normalised by hand."""
    return Problem(inputs=rng.standard_normal(rng.integers(4, 9, 2)), parameters={})


def over_all_but_one(x: Any, *, einsum: Einsum) -> Any:
    """The sum of squared deviations is divided by n - 1."""
    return _normalise(x, divisor=x.shape[1] - 1, einsum=einsum)


def over_all(x: Any, *, einsum: Einsum) -> Any:
    """The sum of squared deviations is divided by n."""
    return _normalise(x, divisor=x.shape[1], einsum=einsum)


def _normalise(x: Any, *, divisor: int, einsum: Einsum) -> Any:
    mean, variance = mean_and_variance(x.T, einsum=einsum)
    deviation = np.sqrt(variance * (x.shape[1] / divisor))
    centred = x.T - broadcast_vector(mean, like=x.T, einsum=einsum)
    return einsum("cn,n->nc", centred, 1 / (deviation + EPSILON))
