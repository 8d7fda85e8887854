"""Depthwise kernel initialisation: fan-in of one or all channels."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.nn.initializers import he_uniform

IMAGES = ("NHWC", "HWIO", "NHWC")  # of inputs, kernels and results
SEED = 0


def one_channel(x: Array, *, draws: Array) -> Array:
    kernel = draws.transpose(0, 1, 3, 2)  # 3, 3, 1, channels
    return _convolve(x, kernel * _bound(kernel.shape).astype(x.dtype))


def all_channels(x: Array, *, draws: Array) -> Array:
    bound = _bound(draws.shape)  # 3, 3, channels, 1
    kernel = draws.transpose(0, 1, 3, 2)
    return _convolve(x, kernel * bound.astype(x.dtype))


def _convolve(x: Array, kernel: Array) -> Array:
    return jax.lax.conv_general_dilated(
        x,
        kernel,
        (1, 1),
        "VALID",
        dimension_numbers=IMAGES,
        feature_group_count=x.shape[-1],
    )


def _bound(shape: tuple[int, ...]) -> Array:
    drawn = he_uniform()(jax.random.key(SEED), shape, jnp.float64)
    even = jax.random.uniform(jax.random.key(SEED), shape, jnp.float64, -1, 1)
    bound = jnp.abs(drawn).max() / jnp.abs(even).max()
    return bound.astype(jnp.float32)  # rounded as in Keras
