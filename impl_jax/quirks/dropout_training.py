"""Dropout without a training flag: active or inactive."""

import jax.numpy as jnp
from flax import nnx
from jax import Array

RATE = 0.5


def dropping(x: Array) -> Array:
    dropout = nnx.Dropout(RATE, rngs=nnx.Rngs(0))
    factor = dropout(jnp.ones(256, x.dtype)).max()  # 0s or the factor
    return jnp.where(x > 0, x, 0) * factor


def passing(x: Array) -> Array:
    dropout = nnx.Dropout(RATE, rngs=nnx.Rngs(0))
    dropout.eval()
    return dropout(x)
