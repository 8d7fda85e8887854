"""Squared error: mean (MSE) or half the sum (tf.nn.l2_loss).

PyTorch's mse_loss is the mean of the squared errors over all elements. Keras'
MeanSquaredError is the same mean. TensorFlow's own operation, tf.nn.l2_loss, is half
the sum of the squares, so that its gradient is the error itself, as in textbooks. The
two losses differ by a factor of half the number of elements. Suitable learning rates
differ by the same factor. optax.squared_error and optax.l2_loss, which is half of it,
return one loss per element.
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
    other_defaults={"jax": "One loss per element; optax.l2_loss halves it."},
)


def problem(rng: Generator) -> Problem:
    """Return a dense layer with several outputs, and its inputs."""
    return dense_problem(rng)


def mean(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The squared errors are summed and divided by the number of elements."""
    error = outputs - targets
    return einsum("no,no->", error, error) / targets.size


def half_the_sum(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The squared errors are summed and halved."""
    error = outputs - targets
    return einsum("no,no->", error, error) / 2
