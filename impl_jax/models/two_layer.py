"""Two dense layers with a ReLU between them: relu(x W1) W2."""

from typing import Any

import jax
from jax import Array

from impl_jax.layers import Net, dense


def two_layer(net: Net, x: Array, **_: Any) -> Array:  # (N, inputs)
    h = jax.nn.relu(dense(net.at("hidden"), x))  # (N, hidden)
    return dense(net.at("output"), h)  # (N, outputs)
