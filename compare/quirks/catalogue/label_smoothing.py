"""Label smoothing beside class weights: which weight the share takes.

Label smoothing takes a share of each label and spreads it evenly over all classes: here
PyTorch and Keras agree. With class weights they do not. PyTorch's cross_entropy gives
what is spread to a class the weight of that class. Keras weighs samples: the
class_weight of fit becomes the weight of the label, and everything in the sample takes
it. Both are summed here; their means differ too, because PyTorch divides by the sum of
the labels' weights, Keras by the number of samples.
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
)
SMOOTHING = 0.25


def problem(rng: Generator) -> Problem:
    """A dense layer; class k weighs k + 1."""
    return classification_problem(rng)


def own_weight(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """What a class is given takes the weight of that class."""
    smoothed = _smoothed(outputs, targets) * _weights(outputs)
    return -einsum("no,no->", smoothed, log_softmax(outputs, einsum=einsum))


def weight_of_the_label(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """All that a sample gives takes the weight of its label."""
    smoothed = _smoothed(outputs, targets) * _weights(outputs)[targets][:, None]
    return -einsum("no,no->", smoothed, log_softmax(outputs, einsum=einsum))


def _smoothed(logits: Any, labels: Array) -> Array:
    kept = (1 - SMOOTHING) * one_hot(labels, like=logits)
    return kept + SMOOTHING / logits.shape[1]


def _weights(logits: Any) -> Array:
    return np.arange(1, logits.shape[1] + 1, dtype=logits.dtype)
