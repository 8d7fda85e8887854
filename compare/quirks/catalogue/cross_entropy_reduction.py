"""Cross-entropy reduction: mean or sum over the batch.

PyTorch's cross_entropy returns the mean over the batch. TensorFlow's operation,
tf.nn.sparse_softmax_cross_entropy_with_logits, returns one loss per sample. For several
losses, tf.GradientTape returns the gradient of their sum. Without tf.reduce_mean, the
effective learning rate therefore grows with the batch size. (Keras'
SparseCategoricalCrossentropy returns a mean.) Optax also returns one loss per sample,
but jax.grad accepts only a single loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import classification_problem, log_softmax, one_hot

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="losses",
    part=Part.LOSS,
    defaults={"torch": "mean_of_the_batch", "tf": "sum_of_the_batch"},
    other_defaults={
        "jax": "One loss per sample; jax.grad raises an error unless they are reduced."
    },
)


def problem(rng: Generator) -> Problem:
    """Return a dense layer whose outputs are logits."""
    return classification_problem(rng)


def mean_of_the_batch(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The losses are averaged over the samples."""
    return _sum_losses(outputs, targets, einsum) / len(targets)


def sum_of_the_batch(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The losses are summed over the samples."""
    return _sum_losses(outputs, targets, einsum)


def _sum_losses(logits: Any, labels: Array, einsum: Einsum) -> Any:
    chosen = one_hot(labels, like=logits)
    return -einsum("no,no->", chosen, log_softmax(logits, einsum=einsum))
