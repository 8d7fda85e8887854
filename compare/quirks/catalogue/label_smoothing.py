"""Label smoothing with class weights: which weight applies.

Label smoothing takes a share of each label and spreads it evenly over all classes.
Without class weights, PyTorch and Keras agree. With class weights they do not.
PyTorch's cross_entropy multiplies the term of each class by the weight of that class.
In Keras, class_weight of fit becomes a sample weight: the weight of the label's class
multiplies the whole loss of the sample. Both losses are summed here. Their means differ
too: PyTorch divides by the sum of the labels' weights, Keras by the number of samples.
Optax has smooth_labels and no argument for class weights: they are multiplied by hand.
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
    defaults={"torch": "own_weight", "tf": "weight_of_the_label"},
    other_defaults={"jax": "No class weights."},
)
SMOOTHING = 0.25


def problem(rng: Generator) -> Problem:
    """Return a dense layer, inputs and labels; class k has the weight k + 1."""
    return classification_problem(rng)


def own_weight(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The term of each class has the weight of that class."""
    smoothed = _smoothed(outputs, targets) * _weights(outputs)
    return -einsum("no,no->", smoothed, log_softmax(outputs, einsum=einsum))


def weight_of_the_label(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """All terms of a sample have the weight of its label."""
    smoothed = _smoothed(outputs, targets) * _weights(outputs)[targets][:, None]
    return -einsum("no,no->", smoothed, log_softmax(outputs, einsum=einsum))


def _smoothed(logits: Any, labels: Array) -> Array:
    kept = (1 - SMOOTHING) * one_hot(labels, like=logits)
    return kept + SMOOTHING / logits.shape[1]


def _weights(logits: Any) -> Array:
    return np.arange(1, logits.shape[1] + 1, dtype=logits.dtype)
