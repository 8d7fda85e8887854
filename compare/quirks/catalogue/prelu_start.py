"""A learned ReLU's slope: starts at a quarter or at 0.

PReLU learns its slope below 0. PyTorch starts it at 0.25; Keras starts it at 0, which
is a plain ReLU. PyTorch has one slope for all channels unless told how many there are,
Keras one for every element unless told which axes share it. Here `slope` is what has
been learned since the start, which each spelling adds to its own start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.quirks.entry import Part, Problem, Quirk

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="initialisation",
    part=Part.LAYER,
    defaults={"torch": "at_a_quarter", "tf": "at_zero"},
)


def problem(rng: Generator) -> Problem:
    """Numbers around 0, and a small change of each channel's slope."""
    n, channels = rng.integers(3, 9, size=2)
    return Problem(
        inputs=rng.standard_normal((n, channels)),
        parameters={"slope": rng.standard_normal(channels) / 8},
    )


def at_a_quarter(x: Any, *, slope: Array, einsum: Einsum) -> Any:
    """The slope starts at 0.25."""
    return np.where(x > 0, x, einsum("nc,c->nc", x, slope + 0.25))


def at_zero(x: Any, *, slope: Array, einsum: Einsum) -> Any:
    """The slope starts at 0."""
    return np.where(x > 0, x, einsum("nc,c->nc", x, slope))
