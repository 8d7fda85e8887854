"""Adam: default epsilon 1e-8 after or 1e-7 before bias correction."""

import jax.numpy as jnp
import optax
from jax import Array

RATE, BETA1, BETA2 = 2.0**-26, 0.875, 1 - 2.0**-10


def smaller() -> optax.GradientTransformation:
    return optax.adam(RATE, b1=BETA1, b2=BETA2)


def larger() -> optax.GradientTransformation:
    def scaled(updates: Array) -> Array:  # the number of completed updates
        return 1e-7 / jnp.sqrt(1 - BETA2 ** (updates + 1))

    adam = optax.inject_hyperparams(optax.adam)  # accepts functions
    return adam(RATE, b1=BETA1, b2=BETA2, eps=scaled)
