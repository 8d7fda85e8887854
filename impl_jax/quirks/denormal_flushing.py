"""Denormal (subnormal) numbers: kept or flushed to zero."""

import jax.numpy as jnp
from jax import Array


def flushed(x: Array) -> Array:
    small = 8 * jnp.finfo(x.dtype).tiny
    return x * small / small
