"""Cross-entropy over sequences or pixels: class axis second or last.

If each sample has several positions to classify, PyTorch's cross_entropy expects logits
of shape (batch, classes, positions). TensorFlow expects (batch, positions, classes),
and so does Optax by default (axis=-1). If there are as many positions as classes, both
shapes are the same. Logits in the wrong order are then accepted without an error, and
the softmax is taken over the positions instead of the classes.
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
    defaults={
        "torch": "on_axis_1",
        "tf": "on_the_last_axis",
        "jax": "on_the_last_axis",
    },
)


def problem(rng: Generator) -> Problem:
    """Return a dense layer whose outputs are square matrices of logits, and labels."""
    n, inputs, side = rng.integers(3, 6, size=3)
    return Problem(
        inputs=rng.standard_normal((n, inputs)),
        parameters={
            "weight": rng.standard_normal((inputs, side**2)),
            "bias": rng.standard_normal(side**2),
        },
        targets=rng.integers(side, size=(n, side)),
    )


def on_axis_1(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Softmax over axis 1, the columns of each square matrix."""
    squares = np.swapaxes(_reshape_to_squares(outputs, targets), 1, 2)
    return _cross_entropy(squares, targets, einsum=einsum)


def on_the_last_axis(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Softmax over the last axis, the rows of each square matrix."""
    return _cross_entropy(_reshape_to_squares(outputs, targets), targets, einsum=einsum)


def _reshape_to_squares(outputs: Any, targets: Array) -> Any:
    return np.reshape(outputs, (*targets.shape, -1))


def _cross_entropy(logits: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Return the mean over batch and positions; classes are on the last axis."""
    rows = np.reshape(logits, (targets.size, -1))
    chosen = one_hot(targets.ravel(), like=rows)
    logarithms = log_softmax(rows, einsum=einsum)
    return -einsum("no,no->", logarithms, chosen) / targets.size
