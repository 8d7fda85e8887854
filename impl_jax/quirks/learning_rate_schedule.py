"""Learning-rate schedule: stepped after or before the optimizer."""

import optax
from jax import Array

RATE, DECAY = 2.0**-4, 0.5


def after_update() -> optax.GradientTransformation:
    return optax.sgd(optax.exponential_decay(RATE, 1, DECAY))


def before_update() -> optax.GradientTransformation:
    schedule = optax.exponential_decay(RATE, 1, DECAY)

    def early(updates: Array) -> Array:
        return schedule(updates + 1)

    return optax.sgd(early)
