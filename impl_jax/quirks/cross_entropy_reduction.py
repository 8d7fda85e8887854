"""Cross-entropy reduction: mean or sum over the batch."""

import jax.numpy as jnp
from jax import Array
from optax import softmax_cross_entropy_with_integer_labels


def mean_of_the_batch(outputs: Array, targets: Array) -> Array:
    each = softmax_cross_entropy_with_integer_labels(outputs, targets)
    return jnp.mean(each)


def sum_of_the_batch(outputs: Array, targets: Array) -> Array:
    each = softmax_cross_entropy_with_integer_labels(outputs, targets)
    return jnp.sum(each)
