"""GELU: exact (erf) or tanh approximation."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array


def by_erf(x: Array) -> Array:
    return jax.nn.gelu(x, approximate=False)


def by_tanh(x: Array) -> Array:
    # In float32, this is jax.nn.gelu(x).
    cubic = float(np.float32(0.044715))  # rounded as in TensorFlow
    inner = (2 / jnp.pi) ** 0.5 * (x + cubic * x**3)
    return 0.5 * x * (1 + jnp.tanh(inner))
