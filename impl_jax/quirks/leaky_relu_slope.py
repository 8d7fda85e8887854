"""Leaky ReLU: default negative slope 0.01 or 0.2."""

import jax
import numpy as np
from jax import Array


def a_hundredth(x: Array) -> Array:
    return jax.nn.leaky_relu(x)


def a_fifth(x: Array) -> Array:
    fifth = float(np.float32(0.2))  # rounded as in TensorFlow
    return jax.nn.leaky_relu(x, fifth)
