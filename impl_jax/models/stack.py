"""A chain of convolutions of the given widths, with ReLU between them."""

from collections.abc import Sequence

import jax
from jax import Array

from impl_jax.layers import Net, conv


def stack(
    net: Net, x: Array, *, widths: Sequence[int], kernel: int, stride: int
) -> Array:  # (N, H, W, inputs)
    for number in range(1, len(widths)):
        if number > 1:
            x = jax.nn.relu(x)
        x = conv(net.at(f"conv{number}"), x, stride=stride)
    return x  # (N, H', W', outputs)
