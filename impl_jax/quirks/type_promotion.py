"""Sum of uint8 values: promoted to int64 or wrapped around at 256."""

import jax.numpy as jnp
from jax import Array

WHITE = 256


def in_64_bits(x: Array, *, weight: Array) -> Array:
    total = jnp.sum(x, axis=1)  # 64 bits need jax_enable_x64
    return total.astype(weight.dtype) / WHITE @ weight


def in_8_bits(x: Array, *, weight: Array) -> Array:
    total = jnp.sum(x, axis=1, dtype=x.dtype)
    return total.astype(weight.dtype) / WHITE @ weight
