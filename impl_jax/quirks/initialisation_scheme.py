"""Default initialisation of dense layers: Kaiming or Glorot uniform."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.nn.initializers import glorot_uniform, variance_scaling

SEED = 0


def by_inputs(x: Array, *, drawn_weight: Array) -> Array:
    kaiming = variance_scaling(1 / 3, "fan_in", "uniform")
    weight = kaiming(jax.random.key(SEED), drawn_weight.shape, jnp.float64)
    return x @ (drawn_weight * _bound(weight).astype(x.dtype))


def by_inputs_and_outputs(x: Array, *, drawn_weight: Array) -> Array:
    glorot = glorot_uniform()
    weight = glorot(jax.random.key(SEED), drawn_weight.shape, jnp.float64)
    return x @ (drawn_weight * _bound(weight).astype(x.dtype))


def _bound(weight: Array) -> Array:
    shape, dtype = weight.shape, weight.dtype
    even = jax.random.uniform(jax.random.key(SEED), shape, dtype, -1, 1)
    bound = jnp.abs(weight).max() / jnp.abs(even).max()
    return bound.astype(jnp.float32)  # rounded as in Keras
