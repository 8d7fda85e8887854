"""Softmax without dim or axis: over the first axis or the last."""

import jax
from jax import Array


def over_the_first(x: Array) -> Array:
    return jax.nn.softmax(x, axis=0)


def over_the_last(x: Array) -> Array:
    return jax.nn.softmax(x)
