"""Softmax applied twice: probabilities passed as logits.

A model that ends in a softmax returns probabilities. The cross-entropies of PyTorch and
Optax expect logits: they apply a second softmax and raise no error. The loss can no
longer reach 0, and its gradients are small. Keras' cross-entropy expects probabilities
unless from_logits=True. If they come from Keras' own softmax, it even uses the logits
from before the softmax. TensorFlow's own operations with "logits" in their names apply
the second softmax, too.
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
    defaults={"torch": "twice", "tf": "once", "jax": "twice"},
)


def problem(rng: Generator) -> Problem:
    """Return a dense layer before the softmax, inputs and labels."""
    return classification_problem(rng)


def twice(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The probabilities are used as logits, with a second softmax."""
    probabilities = np.exp(log_softmax(outputs, einsum=einsum))
    return _cross_entropy(probabilities, targets, einsum)


def once(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The loss is computed from the probabilities themselves."""
    return _cross_entropy(outputs, targets, einsum)


def _cross_entropy(logits: Any, labels: Array, einsum: Einsum) -> Any:
    chosen = one_hot(labels, like=logits)
    summed = einsum("no,no->", chosen, log_softmax(logits, einsum=einsum))
    return -summed / len(labels)
