"""Softmax applied twice: probabilities passed as logits."""

import jax
import jax.numpy as jnp
from jax import Array
from optax import softmax_cross_entropy_with_integer_labels


def twice(outputs: Array, targets: Array) -> Array:
    probabilities = jax.nn.softmax(outputs)  # the last layer
    each = softmax_cross_entropy_with_integer_labels(probabilities, targets)
    return jnp.mean(each)


def once(outputs: Array, targets: Array) -> Array:
    probabilities = jax.nn.softmax(outputs)
    logits = jnp.log(probabilities)  # up to a constant of each sample
    each = softmax_cross_entropy_with_integer_labels(logits, targets)
    return jnp.mean(each)
