"""Loss reduction: mean over all elements or sum of per-sample means.

PyTorch's mse_loss averages over all elements. keras.losses.MSE (mean_squared_error)
averages over the last axis only and returns one loss per sample. Code that sums these
losses scales the gradients, and so does code that sums over an axis and averages over
the batch. Training then has a different effective learning rate than the one in the
code. optax.squared_error returns one loss per element and reduces nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import dense_problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="losses",
    part=Part.LOSS,
    defaults={"torch": "over_everything", "tf": "per_sample"},
    other_defaults={"jax": "One loss per element."},
)


def problem(rng: Generator) -> Problem:
    """Return a dense layer with several outputs, and its inputs."""
    return dense_problem(rng)


def over_everything(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The squared errors are averaged over all elements."""
    error = outputs - targets
    return einsum("no,no->", error, error) / targets.size


def per_sample(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The squared errors are averaged within each sample, then summed."""
    error = outputs - targets
    return einsum("no,no->", error, error) / targets.shape[1]
