"""Group normalisation: default epsilon 1e-5 or 1e-3.

Group normalisation computes the mean and the variance over the pixels and the channels
of a group, separately for each image. It adds epsilon to the variance before the square
root. The frameworks form the same groups, of neighbouring channels. The default epsilon
is 1e-5 in PyTorch, 1e-3 in Keras and 1e-6 in Flax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import scale_and_shift, standardise

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Einsum

QUIRK = Quirk(
    topic="normalisation",
    part=Part.LAYER,
    defaults={"torch": "a_hundred_thousandth", "tf": "a_thousandth"},
    other_defaults={"jax": "Epsilon is 1e-6, added to the variance."},
)
GROUPS = 2


def problem(rng: Generator) -> Problem:
    """Return small images of small variance, with channels for two groups."""
    n, height, width, half = rng.integers(2, 5, size=4)
    channels = GROUPS * half
    return Problem(
        inputs=2.0**-8 * rng.standard_normal((n, height, width, channels)),
        parameters={
            "gamma": 1 + rng.random(channels),
            "beta": rng.standard_normal(channels),
        },
    )


def a_hundred_thousandth(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Epsilon is 1e-5, added to the variance."""
    x = _normalise_groups(x, epsilon=1e-5, einsum=einsum)
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)


def a_thousandth(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Epsilon is 1e-3, added to the variance."""
    x = _normalise_groups(x, epsilon=1e-3, einsum=einsum)
    return scale_and_shift(x, gamma=gamma, beta=beta, einsum=einsum)


def _normalise_groups(x: Any, *, epsilon: float, einsum: Einsum) -> Any:
    n, height, width, channels = x.shape
    grouped = x.reshape((n, height, width, GROUPS, channels // GROUPS))
    pixels_first = grouped.transpose((1, 2, 4, 0, 3))
    columns = pixels_first.reshape((-1, n * GROUPS))  # one per image and group
    columns = standardise(columns, epsilon=epsilon, einsum=einsum)
    return (
        columns.reshape(pixels_first.shape).transpose((3, 0, 1, 4, 2)).reshape(x.shape)
    )
