"""Balanced random orders of the variants in each round."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np


def balanced_orders(count: int, *, rng: np.random.Generator) -> Iterator[list[int]]:
    """Yield orders of `count` variants without end, from random Williams squares.

    Each square is relabelled at random, and its rows are yielded in random order. Over
    one square of rounds, every variant is at each position, and follows each other
    variant, equally often.

    Source: Williams, "Experimental designs balanced for the estimation of residual
    effects of treatments", Austral. J. Sci. Res. A 2 (1949).
    """
    while True:
        square = williams_square(count)
        names = rng.permutation(count)
        for row in rng.permutation(len(square)):
            yield [int(names[index]) for index in square[row]]


def williams_square(count: int) -> list[list[int]]:
    """Return rows in which each treatment follows each other one equally often.

    An even count needs as many rows as treatments, an odd count twice as many.
    """
    first = [
        (step + 1) // 2 if step % 2 else -step // 2 % count for step in range(count)
    ]
    rows = [[(index + shift) % count for index in first] for shift in range(count)]
    return rows if count % 2 == 0 else [*rows, *(row[::-1] for row in rows)]
