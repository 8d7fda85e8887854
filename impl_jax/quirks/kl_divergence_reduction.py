"""KL divergence reduction: mean over all elements or over the batch."""

import jax
import jax.numpy as jnp
import optax
from jax import Array


def over_everything(outputs: Array, targets: Array) -> Array:
    each = optax.kl_divergence(jax.nn.log_softmax(outputs), targets)
    return jnp.mean(each) / outputs.shape[1]


def over_the_batch(outputs: Array, targets: Array) -> Array:
    each = optax.kl_divergence(jax.nn.log_softmax(outputs), targets)
    return jnp.mean(each)
