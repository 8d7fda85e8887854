"""RMSprop decay (alpha or rho): default 0.99 or 0.9."""

import optax

RATE = 2.0**-7


def longer_memory() -> optax.GradientTransformation:
    return optax.rmsprop(RATE, decay=0.99, eps=0.0)


def shorter_memory() -> optax.GradientTransformation:
    return optax.rmsprop(RATE, eps=0.0)
