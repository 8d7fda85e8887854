"""How much of each parameter an update moves: a check of updates in 16-bit formats.

In 16 bits the tolerance of a parameter may be larger than its whole update: most of it
is the rounding error of the gradient. A kernel that leaves out the update of nearly
every element then agrees, element by element. The fraction of the elements that change
at all depends little on the error of each, and shows it.

The fractions are tensors of a step like others, with tolerances from the same
evaluations of the reference. The floor rounds after weight decay and again after the
gradient, as Keras does: each may be too small to move an element that both would move.
An update near half a unit in the last place may or may not move its element, which
rounding decides; the scatter of as many independent draws is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.contract import (
    Quantity,
    TensorKind,
    key_by_quantity,
    parameter_key,
    tensor_kind,
)
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import round_to_dtype
from compare.reference.evaluation import as_float64

if TYPE_CHECKING:
    from compare.contract import Arrays, Dtype, Optimizer
    from compare.reference.expectation import Expected

SCATTERS = 4  # standard deviations that are still accepted
# What is accepted besides, relative to a fraction: underflow, and the order in which an
# update is rounded, shift it for a whole tensor. The check is for updates left out.
SHIFT = 1 / 8


def measure_moved(after: Arrays, *, before: Arrays, dtype: Dtype) -> Arrays:
    """Return the fraction of each parameter's elements that an update changes.

    Args:
        after: the updated parameters by name. They are rounded to the dtype.
        before: the same parameters before the update, numbers of the dtype.
        dtype: of the parameters.
    """
    changed = {
        name: round_to_dtype(after[name], dtype) != array
        for name, array in before.items()
    }
    fractions = {name: np.asarray(which.mean()) for name, which in changed.items()}
    return key_by_quantity(fractions, TensorKind.MOVED)


def update_in_parts(
    before: Arrays, gradients: Arrays, *, optimizer: Optimizer, dtype: Dtype
) -> Arrays:
    """Return parameters after weight decay, rounded, and then the gradient.

    Buffers have no gradient and are left out.
    """
    decay = optimizer.learning_rate * optimizer.weight_decay
    return {
        name: round_to_dtype(p - decay * p, dtype)
        - optimizer.learning_rate * gradients[name]
        for name, p in as_float64(before).items()
        if name in gradients
    }


def add_moved(arrays: Arrays, *, expected: Expected, dtype: Dtype) -> Arrays:
    """Return the tensors of a step, with the fractions that are expected of it.

    None is added for a parameter that is missing or has another shape.
    """
    if not any(map(is_moved, expected.tolerance)):
        return arrays
    before = {
        name: array
        for name, array in load_arrays(expected.state).items()
        if arrays.get(parameter_key(name), np.empty(())).shape == array.shape
    }
    after = {name: arrays[parameter_key(name)] for name in before}
    moved = measure_moved(after, before=before, dtype=dtype)
    return {**arrays, **{q: moved[q] for q in expected.tolerance if q in moved}}


def add_scatter(tolerances: dict[str, float], *, arrays: Arrays) -> dict[str, float]:
    """Return tolerances that admit the scatter and the shift of fractions.

    A fraction p of n independent draws has a standard deviation of at most sqrt(p / n).
    A fraction that is smaller than its tolerance is left out: it would decide nothing.
    """
    widened = dict(tolerances)
    for quantity in filter(is_moved, tolerances):
        size = arrays[parameter_key(Quantity.parse(quantity).name)].size
        fraction = float(arrays[quantity])
        scatter = float(np.sqrt(fraction / size))
        widened[quantity] += SCATTERS * scatter + SHIFT * fraction
        if not widened[quantity] < fraction:
            del widened[quantity]
    return widened


def is_moved(quantity: str) -> bool:
    """Return whether a quantity is such a fraction."""
    return tensor_kind(quantity) == TensorKind.MOVED
