"""Squared error: the mean, or half the sum.

PyTorch's squared error is the mean over all elements. Keras' MeanSquaredError is the
same mean, but TensorFlow's own operation, tf.nn.l2_loss, is half the sum of the
squares, so that its gradient is the error itself, as in textbooks. The two differ by
half the number of elements, and so does the learning rate that suits them.
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
    defaults={"torch": "mean", "tf": "half_the_sum"},
)


def problem(rng: Generator) -> Problem:
    """A dense layer with several outputs."""
    return dense_problem(rng)


def mean(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Summed and divided by the number of elements."""
    error = outputs - targets
    return einsum("no,no->", error, error) / targets.size


def half_the_sum(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Summed and halved."""
    error = outputs - targets
    return einsum("no,no->", error, error) / 2
