"""Gradient clipping: by value or by global norm."""

import optax

RATE, MAXIMUM = 2.0**-3, 0.5


def by_value() -> optax.GradientTransformation:
    return optax.chain(optax.clip(MAXIMUM), optax.sgd(RATE))


def by_norm() -> optax.GradientTransformation:
    return optax.chain(optax.clip_by_global_norm(MAXIMUM), optax.sgd(RATE))
