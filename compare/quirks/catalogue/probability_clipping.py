"""Cross-entropy of probabilities: exact or clipped to 1e-7.

PyTorch's cross_entropy takes logits and clips nothing. Keras' cross-entropy takes
probabilities unless from_logits=True, and clips them to 1e-7 and 1 - 1e-7 first. Where
the probability of the label is below 1e-7, the loss is 16.1 for any logits, and its
gradient is 0. Nothing reports whether Keras clips. The output of Keras' own softmax
stores its logits, and Keras uses them instead. In a tf.function, Keras also finds the
logits before a tf.nn.softmax. With any operation after the softmax it clips. Pass
logits and from_logits=True.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import log_softmax, one_hot

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="losses",
    part=Part.LOSS,
    defaults={"torch": "exact", "tf": "clipped"},
)
LEAST = 1e-7


def problem(rng: Generator) -> Problem:
    """Return a dense layer that is wrong in every sample, by much in every other."""
    n, inputs, outputs = rng.integers(3, 9, size=3)
    x = 0.5 + rng.random((n, inputs))
    weight = rng.random((inputs, outputs))
    weight[:, 0] -= 2  # the label of all samples, the least likely class
    spans = np.where(np.arange(n) % 2 == 0, 24.0, 4.0)
    x = x * (spans / np.ptp(x @ weight, axis=1))[:, None]
    return Problem(
        inputs=x,
        parameters={"weight": weight, "bias": rng.standard_normal(outputs) / 8},
        targets=np.zeros(n, "int64"),
    )


def exact(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The loss is computed from the logits."""
    logs = log_softmax(outputs, einsum=einsum)
    return _mean_of(logs, targets, einsum)


def clipped(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The loss is computed from probabilities clipped to 1e-7 and 1 - 1e-7."""
    probabilities = np.exp(log_softmax(outputs, einsum=einsum))
    logs = np.log(np.clip(probabilities, LEAST, 1 - LEAST))
    again = log_softmax(logs, einsum=einsum)  # so that probabilities sum to 1
    return _mean_of(again, targets, einsum)


def _mean_of(logs: Any, labels: Array, einsum: Einsum) -> Any:
    return -einsum("no,no->", one_hot(labels, like=logs), logs) / len(labels)
