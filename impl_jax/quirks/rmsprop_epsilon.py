"""RMSprop epsilon: outside or inside the square root."""

import optax

RATE, RHO, EPSILON = 2.0**-6, 0.875, 2.0**-4


def outside_root() -> optax.GradientTransformation:
    return optax.rmsprop(RATE, decay=RHO, eps=EPSILON, eps_in_sqrt=False)


def inside_root() -> optax.GradientTransformation:
    return optax.rmsprop(RATE, decay=RHO, eps=EPSILON)
