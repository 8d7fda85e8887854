"""Cross-entropy of probabilities: exact, or clipped at 1e-7.

PyTorch's cross_entropy works on logits and loses nothing. Keras' works on probabilities
unless it is told otherwise, and clips them to 1e-7 and 1 - 1e-7 first: a sample that is
wrong by more than that costs 16.1 whatever its logits say, and its gradient is 0. It
keeps quiet about when it does so: the output of Keras' own softmax remembers its
logits, and Keras uses them instead; in a tf.function it finds the logits behind a
tf.nn.softmax as well. With anything after the softmax it clips. Use logits.
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
    """A dense layer that is wrong in every sample, by much in every other one."""
    n, inputs, outputs = rng.integers(3, 9, size=3)
    x = 0.5 + rng.random((n, inputs))
    weight = rng.random((inputs, outputs))
    weight[:, 0] -= 2  # the label of all, and the least probable everywhere
    spans = np.where(np.arange(n) % 2 == 0, 24.0, 4.0)
    x = x * (spans / np.ptp(x @ weight, axis=1))[:, None]
    return Problem(
        inputs=x,
        parameters={"weight": weight, "bias": rng.standard_normal(outputs) / 8},
        targets=np.zeros(n, "int64"),
    )


def exact(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """From the logits."""
    logs = log_softmax(outputs, einsum=einsum)
    return _mean_of(logs, targets, einsum)


def clipped(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """From probabilities between 1e-7 and 1 - 1e-7."""
    probabilities = np.exp(log_softmax(outputs, einsum=einsum))
    logs = np.log(np.clip(probabilities, LEAST, 1 - LEAST))
    again = log_softmax(logs, einsum=einsum)  # so that they sum to 1 again
    return _mean_of(again, targets, einsum)


def _mean_of(logs: Any, labels: Array, einsum: Einsum) -> Any:
    return -einsum("no,no->", one_hot(labels, like=logs), logs) / len(labels)
