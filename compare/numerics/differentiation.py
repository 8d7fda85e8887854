"""References whose gradients are derived, not written out: autograd over `einsum`.

A product or sum goes through the einsum that a reference is given, in the forward pass
and in the derivative alike, so that each arithmetic (`workloads.reference`) reaches
both. Everything elementwise is ``autograd.numpy``. A broadcast sum hides a sum in its
derivative: write ``x + spread(bias, like=x, einsum=einsum)``, not ``x + bias``.
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
    """The same einsum, which autograd differentiates by more of the same.

    Each index may stand once in an operand.
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


# Once, not once a call: autograd keeps every primitive that it is told of.
defvjp_argnums(_product, _derivatives)


def value_and_gradients(
    loss_of: Callable[[Arrays], Any], parameters: Arrays
) -> tuple[Array, Arrays]:
    """The loss at these parameters, and its gradient for each."""
    loss, gradients = value_and_grad(loss_of)(dict(parameters))
    return np.asarray(loss), gradients


def broadcast_vector(vector: Any, *, like: Any, einsum: Einsum) -> Any:  # noqa: ANN401
    """A vector over the last axis, repeated to an array's shape."""
    ones = np.ones(like.shape[:-1], getval(vector).dtype)
    axes = "abcdefgh"[: len(like.shape) - 1]
    return einsum(f"{axes},z->{axes}z", ones, vector)


def affine(x: Any, weight: Any, bias: Any, *, einsum: Einsum) -> Any:  # noqa: ANN401
    """A dense layer over the last axis: weights (in, out) and biases (out,)."""
    axes = "abcdefgh"[: x.ndim - 1]
    product = einsum(f"{axes}y,yz->{axes}z", x, weight)
    return product + broadcast_vector(bias, like=product, einsum=einsum)


def to_arrays(arrays: Mapping[str, Any]) -> dict[str, Array]:
    """Plain arrays of what autograd follows."""
    return {name: np.asarray(_value(array)) for name, array in arrays.items()}


def stop_gradient(array: Any) -> Any:  # noqa: ANN401
    """The array's value, through which nothing is differentiated."""
    return _value(array)


def _value(array: Any) -> Any:  # noqa: ANN401
    while (inner := getval(array)) is not array:
        array = inner
    return array


def _derivative(
    product: Einsum, subscripts: str, operands: list[Any], number: int, g: Array
) -> Array:
    """What one operand receives: the other operands times what the result received."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    target = terms[number]
    others = [
        (term, operand)
        for n, (term, operand) in enumerate(zip(terms, operands, strict=True))
        if n != number
    ]
    present = set(output).union(*(term for term, _ in others))
    # An index that only this operand has was summed away: it is spread out again.
    shape = dict(zip(target, operands[number].shape, strict=True))
    summed = [index for index in target if index not in present]
    dtype = np.asarray(_value(operands[number])).dtype
    ones = [(index, np.ones(shape[index], dtype)) for index in summed]
    factors = [*others, *ones]
    equation = ",".join([output, *(term for term, _ in factors)]) + f"->{target}"
    return product(equation, g, *(operand for _, operand in factors))
