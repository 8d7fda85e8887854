"""Convolutions that shrink images, transposed ones that enlarge them again."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from impl_jax.layers import IMAGES, Net, conv


def unet(net: Net, x: Array, **_: Any) -> Array:  # (N, H, W, channels)
    relu = jax.nn.relu
    whole = relu(conv(net.at("first"), x, stride=1))  # (N, H, W, width)
    half = relu(conv(net.at("down1"), whole))  # (N, H/2, W/2, 2 width)
    x = relu(conv(net.at("down2"), half))  # (N, H/4, W/4, 4 width)
    x = relu(enlarge(net.at("up1"), x))  # (N, H/2, W/2, 2 width)
    x = jnp.concatenate((x, half), -1)  # (N, H/2, W/2, 4 width)
    x = relu(enlarge(net.at("up2"), x))  # (N, H, W, width)
    x = jnp.concatenate((x, whole), -1)  # (N, H, W, 2 width)
    return conv(net.at("last"), x, stride=1)  # (N, H, W, channels)


def enlarge(net: Net, x: Array) -> Array:
    """Return a transposed convolution, which doubles the sides of images."""
    x = jax.lax.conv_transpose(
        *(x, net["weight"], (2, 2), "VALID"),
        dimension_numbers=IMAGES,
        transpose_kernel=True,
    )
    return net.show(x[:, 1:, 1:] + net["bias"])  # (N, 2H, 2W, outputs)
