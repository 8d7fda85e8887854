"""Division of integers: result in float32 or float64."""

import jax.numpy as jnp
from jax import Array

TICKS = 64  # per turn


def in_single_precision(x: Array, *, weight: Array) -> Array:
    place = x.astype(jnp.int32) / TICKS % 1
    return place.astype(weight.dtype) @ weight


def in_double_precision(x: Array, *, weight: Array) -> Array:
    place = x / TICKS % 1  # int64 needs jax_enable_x64
    return place.astype(weight.dtype) @ weight
