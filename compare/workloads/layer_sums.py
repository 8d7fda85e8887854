"""Sums of gradients that belong to numbered layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array, Einsum


def sum_by_layer(
    gradients: Sequence[Array], layers: Array, *, count: int, einsum: Einsum
) -> Array:
    """Return each layer's gradient, summed over the places where it was applied.

    It is zero for a layer that was not applied.

    Args:
        gradients: of each place, all of one shape.
        layers: the number of the layer at each place.
        count: of layers.
        einsum: computes the sums.

    Shape:
        (count, *shape of one gradient).
    """
    stacked = np.stack(gradients)
    axes = "abcdefgh"[: stacked.ndim - 1]
    return np.stack(
        [einsum(f"k{axes}->{axes}", stacked[layers == layer]) for layer in range(count)]
    )
