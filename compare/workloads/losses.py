"""The cross-entropy of references, with its gradient derived by hand.

`compare.quirks.operations` has one for autograd, which workers should not import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.numerics.einsum import matmul_einsum

if TYPE_CHECKING:
    from compare.contract import Array, Einsum


def log_probabilities(logits: Array, *, einsum: Einsum = matmul_einsum) -> Array:
    """Return the logarithms of the probabilities of each row.

    Shape:
        (N, classes) -> (N, classes).
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = einsum("nk->n", np.exp(shifted))
    result: Array = shifted - np.log(total)[:, None]
    return result


def differentiate_cross_entropy(
    logits: Array, labels: Array, *, einsum: Einsum
) -> tuple[Array, Array]:
    """Return the mean over the batch, and the gradient of the logits.

    Shape:
        (N, classes), (N,) -> (), (N, classes).
    """
    log_probability = log_probabilities(logits, einsum=einsum)
    target = np.eye(logits.shape[1], dtype=logits.dtype)[labels]
    loss = -einsum("nk,nk->", log_probability, target) / len(labels)
    return np.asarray(loss), (np.exp(log_probability) - target) / len(labels)
