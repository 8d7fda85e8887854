"""KL divergence reduction: mean over all elements or over the batch.

The Kullback-Leibler (KL) divergence is a sum over the classes of a sample. Keras'
kl_divergence computes this sum, and KLDivergence averages it over the batch. PyTorch's
kl_div averages over all elements by default, including the classes. The result is no
longer a KL divergence (PyTorch warns, and offers reduction="batchmean"). The arguments
differ as well: PyTorch expects the logarithms of the predicted probabilities, and the
predictions as the first argument. optax.kl_divergence has PyTorch's arguments; it
returns the sum of each sample.
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
    other_defaults={"jax": "Summed over the classes; one divergence per sample."},
)


def problem(rng: Generator) -> Problem:
    """Return a dense layer whose outputs are logits, and the target probabilities."""
    drawn = dense_problem(rng)
    shape = len(drawn.inputs), len(drawn.parameters["bias"])
    return replace(drawn, targets=rng.dirichlet(np.full(shape[1], 4.0), size=shape[0]))


def over_everything(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The sum is divided by the number of elements."""
    return _sum_divergences(outputs, targets, einsum) / targets.size


def over_the_batch(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Summed over the classes, averaged over the samples."""
    return _sum_divergences(outputs, targets, einsum) / len(targets)


def _sum_divergences(logits: Any, targets: Array, einsum: Einsum) -> Any:
    ratio = np.log(targets) - log_softmax(logits, einsum=einsum)
    return einsum("no,no->", targets, ratio)
