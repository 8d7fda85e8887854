"""Gradients of the NumPy references by automatic differentiation over `einsum`.

Every product and sum is computed by the einsum passed in, in the forward pass and in
its derivative. The chosen arithmetic therefore applies to both. Elementwise functions
are those of ``autograd.numpy``.

Broadcasting in a sum would hide a sum in its derivative, which autograd would then
compute itself. Write ``x + broadcast_vector(bias, like=x, einsum=einsum)`` instead of
``x + bias``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from autograd import value_and_grad
from autograd.extend import defvjp_argnums, primitive
from autograd.tracer import getval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from compare.contract import Array, Arrays, Einsum


def make_differentiable(einsum: Einsum) -> Einsum:
    """Return an einsum that autograd differentiates, by further calls of `einsum`.

    Each index may occur once in an operand.
    """
    return partial(_product, einsum)


@primitive  # type: ignore[untyped-decorator]
def _product(einsum: Einsum, subscripts: str, *operands: Array) -> Array:
    return np.asarray(einsum(subscripts, *operands))


def _derivatives(
    argnums: tuple[int, ...], _ans: Array, args: tuple[Any, ...], _kwargs: object
) -> Callable[[Array], list[Array]]:
    einsum, subscripts, *operands = args
    return lambda g: [
        _derivative(make_differentiable(einsum), subscripts, operands, number - 2, g)
        for number in argnums
    ]


# Registered once, not in each call: autograd keeps every registered primitive.
defvjp_argnums(_product, _derivatives)


def value_and_gradients(
    loss_of: Callable[[Arrays], Any], parameters: Arrays
) -> tuple[Array, Arrays]:
    """Return the loss at these parameters and its gradient for each of them."""
    loss, gradients = value_and_grad(loss_of)(dict(parameters))
    return np.asarray(loss), gradients


def broadcast_vector(vector: Any, *, like: Any, einsum: Einsum) -> Any:  # noqa: ANN401
    """Return a vector along the last axis, repeated to the shape of an array.

    Shape:
        ``vector`` (n,), ``like`` (..., n) -> (..., n).
    """
    ones = np.ones(like.shape[:-1], getval(vector).dtype)
    axes = "abcdefgh"[: len(like.shape) - 1]
    return einsum(f"{axes},z->{axes}z", ones, vector)


def affine(x: Any, weight: Any, bias: Any, *, einsum: Einsum) -> Any:  # noqa: ANN401
    """Return a dense layer's outputs, ``x @ weight + bias`` over the last axis.

    Shape:
        ``x`` (..., inputs), ``weight`` (inputs, outputs), ``bias`` (outputs,) ->
        (..., outputs).
    """
    axes = "abcdefgh"[: x.ndim - 1]
    product = einsum(f"{axes}y,yz->{axes}z", x, weight)
    return product + broadcast_vector(bias, like=product, einsum=einsum)


def to_arrays(arrays: Mapping[str, Any]) -> dict[str, Array]:
    """Return NumPy arrays with the values of arrays that autograd traces."""
    return {name: np.asarray(_value(array)) for name, array in arrays.items()}


def stop_gradient(array: Any) -> Any:  # noqa: ANN401
    """Return an array's value, through which no gradient flows."""
    return _value(array)


def _value(array: Any) -> Any:  # noqa: ANN401
    while (inner := getval(array)) is not array:
        array = inner
    return array


def _derivative(
    product: Einsum, subscripts: str, operands: list[Any], number: int, g: Array
) -> Array:
    """Return the gradient of one operand: the other operands times that of the result.

    The result is linear in each operand. Its gradient `g` therefore takes the place of
    the result, and the operand's own indices become the output: for ``"ij,jk->ik"``
    and the first operand, ``"ik,jk->ij"``.
    """
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    target = terms[number]
    others = [
        (term, operand)
        for n, (term, operand) in enumerate(zip(terms, operands, strict=True))
        if n != number
    ]
    present = set(output).union(*(term for term, _ in others))
    # An index that occurs in this operand only was summed over. All elements along it
    # have the same gradient, so it is multiplied by ones.
    shape = dict(zip(target, operands[number].shape, strict=True))
    summed = [index for index in target if index not in present]
    dtype = np.asarray(_value(operands[number])).dtype
    ones = [(index, np.ones(shape[index], dtype)) for index in summed]
    factors = [*others, *ones]
    equation = ",".join([output, *(term for term, _ in factors)]) + f"->{target}"
    return product(equation, g, *(operand for _, operand in factors))
