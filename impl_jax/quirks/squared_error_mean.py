"""Squared error: mean (MSE) or half the sum (tf.nn.l2_loss)."""

import jax.numpy as jnp
import optax
from jax import Array


def mean(outputs: Array, targets: Array) -> Array:
    return jnp.mean(optax.squared_error(outputs, targets))


def half_the_sum(outputs: Array, targets: Array) -> Array:
    return jnp.sum(optax.l2_loss(outputs, targets))
