"""The products and sums of the NumPy references, in several kinds of arithmetic.

A reference computes every product and every sum by one function, its `Einsum`. The
choice of that function selects the arithmetic:

- `matmul_einsum` in float64 gives the reference value;
- `sequential_einsum` in a cell's own dtype gives the floor, the error of NumPy itself;
- `perturbed_einsum` in float64 shows how far rounding can move each result;
- `rounding_einsum` rounds the results of another einsum to a 16-bit format.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from compare.numerics.dtypes import round_to_dtype

if TYPE_CHECKING:
    from compare.contract import Array, Arrays, Dtype, Einsum, Optimizer


def matmul_einsum(subscripts: str, *operands: Array) -> Array:
    """Return `numpy.einsum`, computed by matrix products where possible.

    The result has the dtype of the operands.
    """
    result: Array = np.einsum(subscripts, *operands, optimize=True)
    return result


def sequential_einsum(subscripts: str, *operands: Array) -> Array:
    """Return `numpy.einsum`, summed one term after another.

    The order of summation, and therefore rounding, differs from `matmul_einsum`.
    """
    result: Array = np.einsum(subscripts, *operands)
    return result


def perturbed_einsum(
    *, unit: float, underflow: float, rng: np.random.Generator
) -> Einsum:
    """Return an einsum whose results have errors as large as rounding may cause.

    Each element moves up or down, at random, by ``unit * sqrt(n) * sum|products|``,
    where n is the number of products in its sum. This is the probabilistic bound on
    the rounding error of a sum. In the worst case the error grows with n; rounding
    errors of random sign partly cancel, so that it grows with sqrt(n). The bound
    contains the sum of absolute values, not the absolute value of the sum: where
    products cancel, the result is small but each rounding error is not.

    A sign is drawn for each element. The error that underflow may cause is added, as in
    the standard model of arithmetic (Higham, "Accuracy and stability of numerical
    algorithms", 2002, section 2.1).

    Args:
        unit: unit roundoff of the imitated arithmetic.
        underflow: its largest absolute error because a number is small.
        rng: draws the signs.

    Source: Higham and Mary, "A new approach to probabilistic rounding error analysis",
    SIAM J. Sci. Comput. 41 (2019), theorem 3.1. Parker, "Monte Carlo arithmetic"
    (1997), for random perturbation as a measure of sensitivity.
    """

    def einsum(subscripts: str, *operands: Array) -> Array:
        value = matmul_einsum(subscripts, *operands)
        length = count_products(subscripts, *operands)
        # Nothing cancels in a single product, and chains have thousands of these.
        is_sum = length > 1
        magnitude = _sum_magnitudes(subscripts, *operands) if is_sum else np.abs(value)
        sign = 1 - 2 * rng.integers(0, 2, size=value.shape, dtype="int8")
        # A sum of zeros is exact in every dtype, so it must not move: an equality that
        # holds in every arithmetic would no longer hold.
        error = unit * np.sqrt(length) * magnitude + underflow * (magnitude > 0)
        result: Array = value + error * sign
        return result

    return einsum


def _sum_magnitudes(subscripts: str, *operands: Array) -> Array:
    """Return the sums of the absolute values of the products.

    The sums are computed in float32: its precision is enough for an error bound, and
    it takes half the time. The range of float32 is not enough, so each operand is
    first scaled by a power of two to at most 1, and the result is scaled back.
    """
    scaled, power = [], 0
    for operand in operands:
        _, exponent = np.frexp(np.abs(operand).max(initial=0.0))
        scaled.append(np.ldexp(np.abs(operand), -int(exponent)).astype("float32"))
        power += int(exponent)
    total: Array = np.ldexp(matmul_einsum(subscripts, *scaled).astype("float64"), power)
    return total


def count_products(subscripts: str, *operands: Array) -> int:
    """Return how many products are summed in each element of an einsum's result."""
    inputs, output = subscripts.split("->")
    size = {
        index: length
        for indices, operand in zip(inputs.split(","), operands, strict=True)
        for index, length in zip(indices, operand.shape, strict=True)
    }
    return prod(length for index, length in size.items() if index not in output)


def rounding_einsum(einsum: Einsum, *, dtype: Dtype) -> Einsum:
    """Return an einsum that rounds its results to a 16-bit format.

    The sums themselves are computed by `einsum`, in its wider arithmetic.
    """

    def rounded_einsum(subscripts: str, *operands: Array) -> Array:
        return round_to_dtype(einsum(subscripts, *operands), dtype)

    return rounded_einsum


def sgd_step(parameters: Arrays, gradients: Arrays, *, optimizer: Optimizer) -> Arrays:
    """Return the parameters after one step of stochastic gradient descent.

    For a parameter p with gradient g: ``p - learning_rate * (g + weight_decay * p)``.
    Buffers have no gradient and are left out.
    """
    rate, decay = optimizer.learning_rate, optimizer.weight_decay
    return {
        name: value - rate * (gradients[name] + decay * value)
        for name, value in parameters.items()
        if name in gradients
    }
