"""SGD momentum: without or with dampening."""

import jax.numpy as jnp
import optax
from jax import Array

RATE, MOMENTUM, DAMPENING = 2.0**-5, 0.875, 0.75


def undampened() -> optax.GradientTransformation:
    return optax.sgd(RATE, momentum=MOMENTUM)


def dampened() -> optax.GradientTransformation:
    def share(updates: Array) -> Array:  # the first gradient is not dampened
        return jnp.where(updates > 0, 1 - DAMPENING, 1.0)

    return optax.chain(
        optax.scale_by_schedule(share), optax.sgd(RATE, momentum=MOMENTUM)
    )
