"""Cross-entropy: the batch's mean, or its sum.

PyTorch's cross_entropy is the mean over the batch. TensorFlow's own operation,
tf.nn.sparse_softmax_cross_entropy_with_logits, leaves one loss a sample, and a tape
that is asked for the gradient of several losses returns the gradient of their sum.
Without a tf.reduce_mean the learning rate grows with the batch. (Keras'
SparseCategoricalCrossentropy is a mean.)
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
)


def problem(rng: Generator) -> Problem:
    """A dense layer whose outputs are logits."""
    return classification_problem(rng)


def mean_of_the_batch(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Divided by the number of samples."""
    return _summed(outputs, targets, einsum) / len(targets)


def sum_of_the_batch(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Summed over the samples."""
    return _summed(outputs, targets, einsum)


def _summed(logits: Any, labels: Array, einsum: Einsum) -> Any:
    chosen = one_hot(labels, like=logits)
    return -einsum("no,no->", chosen, log_softmax(logits, einsum=einsum))
