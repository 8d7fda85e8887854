"""Loss reduction: mean over all elements or sum of per-sample means."""

import jax.numpy as jnp
import optax
from jax import Array


def over_everything(outputs: Array, targets: Array) -> Array:
    return jnp.mean(optax.squared_error(outputs, targets))


def per_sample(outputs: Array, targets: Array) -> Array:
    each = jnp.mean(optax.squared_error(outputs, targets), axis=-1)
    return jnp.sum(each)
