"""Kullback-Leibler divergence: the mean over everything, or over the batch.

A divergence sums over the classes of a sample. Keras' kl_divergence does so, and
KLDivergence averages over the batch. PyTorch's kl_div averages over every element by
default, classes included, which is no divergence any more (it warns, and offers
reduction="batchmean"). The arguments differ as well: PyTorch expects logarithms of the
predicted probabilities, and the predictions first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import dense_problem, log_softmax

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="losses",
    part=Part.LOSS,
    defaults={"torch": "over_everything", "tf": "over_the_batch"},
)


def problem(rng: Generator) -> Problem:
    """A dense layer whose outputs are logits, and the probabilities to learn."""
    drawn = dense_problem(rng)
    shape = len(drawn.inputs), len(drawn.parameters["bias"])
    return replace(drawn, targets=rng.dirichlet(np.full(shape[1], 4.0), size=shape[0]))


def over_everything(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Divided by the number of elements."""
    return _summed(outputs, targets, einsum) / targets.size


def over_the_batch(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Summed over the classes, divided by the number of samples."""
    return _summed(outputs, targets, einsum) / len(targets)


def _summed(logits: Any, targets: Array, einsum: Einsum) -> Any:
    ratio = np.log(targets) - log_softmax(logits, einsum=einsum)
    return einsum("no,no->", targets, ratio)
