"""Four convolutions of stride 2, global average pooling, a linear head."""

from typing import Any

import jax
from jax import Array

from impl_jax.layers import Net, conv, dense


def cnn(net: Net, x: Array, **_: Any) -> Array:  # (N, H, W, channels)
    for number in range(1, 5):
        x = jax.nn.relu(conv(net.at(f"conv{number}"), x))
    x = x.mean((1, 2))  # (N, 128)
    return dense(net.at("head"), x)  # (N, classes)
