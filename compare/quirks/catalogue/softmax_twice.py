"""Softmax twice: probabilities given where logits are expected.

A model that ends in a softmax returns probabilities. PyTorch's cross_entropy expects
logits: it takes a second softmax of them, and nothing fails. The loss cannot reach 0
any more and its gradients are small. Keras' cross-entropy expects probabilities unless
it is told otherwise, and where they come from Keras' own softmax it even takes the
logits behind them. TensorFlow's own operations with logits in their names take the
second softmax too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import classification_problem, log_softmax, one_hot

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="losses",
    part=Part.LOSS,
    defaults={"torch": "twice", "tf": "once"},
)


def problem(rng: Generator) -> Problem:
    """A dense layer before the softmax."""
    return classification_problem(rng)


def twice(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """A softmax of the probabilities: they are taken for logits."""
    probabilities = np.exp(log_softmax(outputs, einsum=einsum))
    return _cross_entropy(probabilities, targets, einsum)


def once(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Of the probabilities themselves."""
    return _cross_entropy(outputs, targets, einsum)


def _cross_entropy(logits: Any, labels: Array, einsum: Einsum) -> Any:
    chosen = one_hot(labels, like=logits)
    summed = einsum("no,no->", chosen, log_softmax(logits, einsum=einsum))
    return -summed / len(labels)
