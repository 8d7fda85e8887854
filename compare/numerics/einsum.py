"""What the NumPy references are written with: products and sums, in three arithmetics.

A reference puts every product and every sum through one function, `einsum`. Evaluated
with `exact` in float64 it is the reference; with `in_order` in a cell's own dtype it is
the floor; with a `perturbed` einsum it tells how far rounding can carry each result.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from compare.numerics.dtypes import round_to_dtype

if TYPE_CHECKING:
    from compare.contract import Array, Arrays, Dtype, Einsum, Optimizer


def matmul_einsum(subscripts: str, *operands: Array) -> Array:
    """`numpy.einsum` through matrix products, in the dtype of its operands."""
    result: Array = np.einsum(subscripts, *operands, optimize=True)
    return result


def sequential_einsum(subscripts: str, *operands: Array) -> Array:
    """`numpy.einsum` summing term by term: rounds otherwise than `exact` does."""
    result: Array = np.einsum(subscripts, *operands)
    return result


def perturbed_einsum(*, unit: float, underflow: float, rng: np.random.Generator) -> Einsum:
    """An einsum whose results are off by what rounding may cost them.

    Each result moves by ``unit * sqrt(n) * sum|products|`` up or down, where n is the
    number of products summed: the probabilistic bound on a sum's rounding error, with
    the cancellation in the sum accounted for by the absolute values. What underflow
    may cost is added, as in the standard model of arithmetic (Higham 2002, 2.1).

    Args:
        unit: unit roundoff of the arithmetic to imitate.
        underflow: what it may lose of a number because it is small.
        rng: chooses the signs.

    Source: Higham and Mary, "A new approach to probabilistic rounding error analysis",
    SIAM J. Sci. Comput. 41 (2019), theorem 3.1; random perturbation as a gauge of
    sensitivity: Parker, "Monte Carlo arithmetic" (1997).
    """

    def einsum(subscripts: str, *operands: Array) -> Array:
        value = matmul_einsum(subscripts, *operands)
        magnitude = _magnitude(subscripts, *operands)
        sign = 1 - 2 * rng.integers(0, 2, size=value.shape, dtype="int8")
        length = count_products(subscripts, *operands)
        # A sum of zeros is exact: no equality is broken that holds in every dtype.
        moved = unit * np.sqrt(length) * magnitude + underflow * (magnitude > 0)
        result: Array = value + moved * sign
        return result

    return einsum


def _magnitude(subscripts: str, *operands: Array) -> Array:
    """The sums of the products' absolute values.

    To the digits of float32, which are enough for a bound and half the work; each
    operand is scaled so that its range is enough too.
    """
    scaled, power = [], 0
    for operand in operands:
        _, exponent = np.frexp(np.abs(operand).max(initial=0.0))
        scaled.append(np.ldexp(np.abs(operand), -int(exponent)).astype("float32"))
        power += int(exponent)
    total: Array = np.ldexp(matmul_einsum(subscripts, *scaled).astype("float64"), power)
    return total


def count_products(subscripts: str, *operands: Array) -> int:
    """How many products each element of an einsum's result is the sum of."""
    inputs, output = subscripts.split("->")
    size = {
        index: length
        for indices, operand in zip(inputs.split(","), operands, strict=True)
        for index, length in zip(indices, operand.shape, strict=True)
    }
    return prod(length for index, length in size.items() if index not in output)


def rounding_einsum(einsum: Einsum, *, dtype: Dtype) -> Einsum:
    """An einsum whose results are stored in a format of 16 bits, summed wider."""

    def stored(subscripts: str, *operands: Array) -> Array:
        return round_to_dtype(einsum(subscripts, *operands), dtype)

    return stored


def sgd_step(parameters: Arrays, gradients: Arrays, *, optimizer: Optimizer) -> Arrays:
    """The parameters after one plain step: p - learning_rate (g + weight_decay p)."""
    rate, decay = optimizer.learning_rate, optimizer.weight_decay
    return {
        name: value - rate * (gradients[name] + decay * value)
        for name, value in parameters.items()
    }
