"""Adam epsilon: added after or before bias correction."""

import jax.numpy as jnp
import optax
from jax import Array

RATE, BETA1, BETA2, EPSILON = 2.0**-7, 0.875, 0.9375, 2.0**-6


def after_correction() -> optax.GradientTransformation:
    return optax.adam(RATE, b1=BETA1, b2=BETA2, eps=EPSILON)


def before_correction() -> optax.GradientTransformation:
    def scaled(updates: Array) -> Array:  # the number of completed updates
        return EPSILON / jnp.sqrt(1 - BETA2 ** (updates + 1))

    adam = optax.inject_hyperparams(optax.adam)  # accepts functions
    return adam(RATE, b1=BETA1, b2=BETA2, eps=scaled)
