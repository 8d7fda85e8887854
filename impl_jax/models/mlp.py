"""A chain of dense layers of the given widths, with ReLU between them."""

from collections.abc import Sequence

import jax
from jax import Array

from impl_jax.layers import Net, dense


def mlp(net: Net, x: Array, *, widths: Sequence[int]) -> Array:  # (N, inputs)
    for number in range(1, len(widths)):
        if number > 1:
            x = jax.nn.relu(x)
        x = dense(net.at(f"layer{number}"), x)
    return x  # (N, outputs)
