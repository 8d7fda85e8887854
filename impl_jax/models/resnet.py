"""A convolution, two residual blocks, average pooling, a linear head."""

from typing import Any

import jax
from jax import Array

from impl_jax.layers import Net, batch_norm, conv, dense


def resnet(net: Net, x: Array, **_: Any) -> Array:  # (N, H, W, channels)
    x = conv(net.at("conv1"), x, stride=1)  # (N, H, W, width)
    x = jax.nn.relu(batch_norm(net.at("norm1"), x))
    x = block(net.at("block1"), x)  # (N, H, W, width)
    x = block(net.at("block2"), x)
    return dense(net.at("head"), x.mean((1, 2)))  # (N, classes)


def block(net: Net, x: Array) -> Array:
    """Return two normalized convolutions, added to the block's input."""
    y = batch_norm(net.at("norm1"), conv(net.at("conv1"), x, stride=1))
    y = conv(net.at("conv2"), jax.nn.relu(y), stride=1)
    y = batch_norm(net.at("norm2"), y)
    return net.show(jax.nn.relu(x + y))  # the residual connection
