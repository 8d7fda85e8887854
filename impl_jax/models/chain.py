"""Multiplications and subtractions in turn, between a gain and an offset."""

from jax import Array

from impl_jax.layers import Net


def chain(net: Net, inputs: Array, *, operations: int, width: int) -> Array:
    arrays = (inputs[:, number] for number in range(4))
    x, factors, others, terms = arrays  # (N, width) each
    scale, shift = net.at("scale"), net.at("shift")
    x = scale.show(x * scale["gain"])
    for _ in range(operations // 2):
        x = x * factors
        x = terms - x
        factors, others = others, factors
    if operations % 2 == 1:
        x = x * factors
    return shift.show(x + shift["offset"])  # (N, width)
