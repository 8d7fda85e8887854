"""PReLU: initial slope 0.25 or 0.

PReLU (parametric ReLU) learns its slope for inputs below 0. PyTorch initialises the
slope to 0.25, Keras to 0, which is a plain ReLU, and Flax to 0.01. By default, PyTorch
and Flax have one slope for all channels and Keras has one for every element
(shared_axes=None). Here `slope` is the change learned since initialisation. Each
spelling adds it to its own initial value.
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
    other_defaults={"jax": "The slope starts at 0.01."},
)


def problem(rng: Generator) -> Problem:
    """Return inputs around 0 and a small change of each channel's slope."""
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
