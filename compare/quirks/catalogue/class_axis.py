"""Cross-entropy over many positions: which axis the classes are on.

Where each sample has several positions to classify, PyTorch's cross_entropy wants
(batch, classes, positions) and TensorFlow's wants (batch, positions, classes). Nothing
tells the two axes apart where there are as many positions as classes: logits left in
the other's order are taken without an error, and positions compete instead of classes.
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
    defaults={"torch": "on_axis_1", "tf": "on_the_last_axis"},
)


def problem(rng: Generator) -> Problem:
    """A dense layer that makes a square of logits, and a label for each of its rows."""
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
    """The columns of each square are distributions."""
    squares = np.swapaxes(_squares(outputs, targets), 1, 2)
    return _cross_entropy(squares, targets, einsum=einsum)


def on_the_last_axis(outputs: Any, targets: Array, *, einsum: Einsum) -> Any:
    """The rows of each square are distributions."""
    return _cross_entropy(_squares(outputs, targets), targets, einsum=einsum)


def _squares(outputs: Any, targets: Array) -> Any:
    return np.reshape(outputs, (*targets.shape, -1))


def _cross_entropy(logits: Any, targets: Array, *, einsum: Einsum) -> Any:
    """Averaged over batch and positions; classes on the last axis."""
    rows = np.reshape(logits, (targets.size, -1))
    wanted = one_hot(targets.ravel(), like=rows)
    logarithms = log_softmax(rows, einsum=einsum)
    return -einsum("no,no->", logarithms, wanted) / targets.size
