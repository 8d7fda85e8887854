"""Loss reduction: the mean over everything, or over the batch alone.

PyTorch's mse_loss averages over every element. TensorFlow's keras.losses.MSE averages
over the last axis only and leaves one loss a sample; users who sum those, or who sum
over an axis and average over the batch, train with another learning rate than they
wrote down.
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
)


def problem(rng: Generator) -> Problem:
    """A dense layer with several outputs."""
    return dense_problem(rng)


def over_everything(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Divided by the number of elements."""
    error = outputs - targets
    return einsum("no,no->", error, error) / targets.size


def per_sample(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Averaged over each sample's outputs, then summed over the samples."""
    error = outputs - targets
    return einsum("no,no->", error, error) / targets.shape[1]
