"""A standard deviation: over n - 1 or over n.

torch.std and torch.var divide by n - 1 (correction=1): the unbiased estimate of a
sample. tf.math.reduce_std, keras.ops.std and NumPy divide by n. A normalisation written
by hand differs by it, most where there are few numbers: by 15% for four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import broadcast_vector
from compare.quirks.entry import Problem, Quirk
from compare.quirks.operations import mean_and_variance

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="other",
    part="layer",
    defaults={"torch": "over_all_but_one", "tf": "over_all"},
)

EPSILON = 0.125


def problem(rng: Generator) -> Problem:
    """A few samples, each of which is normalised by hand."""
    return Problem(inputs=rng.standard_normal(rng.integers(4, 9, 2)), parameters={})


def over_all_but_one(x: Any, *, einsum: Einsum) -> Any:
    """The squares' sum is divided by n - 1."""
    return _normalised(x, divisor=x.shape[1] - 1, einsum=einsum)


def over_all(x: Any, *, einsum: Einsum) -> Any:
    """The squares' sum is divided by n."""
    return _normalised(x, divisor=x.shape[1], einsum=einsum)


def _normalised(x: Any, *, divisor: int, einsum: Einsum) -> Any:
    mean, variance = mean_and_variance(x.T, einsum=einsum)
    deviation = np.sqrt(variance * (x.shape[1] / divisor))
    centred = x.T - broadcast_vector(mean, like=x.T, einsum=einsum)
    return einsum("cn,n->nc", centred, 1 / (deviation + EPSILON))
