"""Embedding of the padding token: row frozen or trained.

Sentences of different lengths are padded with token 0. nn.Embedding(padding_idx=0)
gives the row of this token no gradient: it keeps its value, 0 in a new layer. Keras'
Embedding(mask_zero=True) only creates a mask for later layers, with the tokens to skip.
The row is initialised at random. If a later layer ignores the mask, the row is trained
like any other. Flax has no argument for a padding token: every row is trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import stop_gradient
from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="other",
    part=Part.LAYER,
    defaults={"torch": "row_stays", "tf": "row_learns", "jax": "row_learns"},
)


def problem(rng: Generator) -> Problem:
    """Return a few sentences that start with padding, and an embedding table."""
    n, length, words, channels = rng.integers(3, 7, size=4)
    tokens = rng.integers(0, words, size=(n, length))
    tokens[:, 0] = 0
    return Problem(
        inputs=tokens,
        parameters={"table": rng.standard_normal((words, channels))},
    )


def row_stays(x: Any, *, table: Array, einsum: Einsum) -> Any:
    """Row 0 is used but receives no gradient."""
    padding = np.arange(len(table))[:, None] == 0
    return row_learns(
        x, table=np.where(padding, stop_gradient(table), table), einsum=einsum
    )


def row_learns(x: Any, *, table: Array, einsum: Einsum) -> Any:
    """Row 0 is trained like any other row."""
    chosen = np.eye(len(table), dtype=table.dtype)[x]
    return einsum("ntv,vc->ntc", chosen, table)
