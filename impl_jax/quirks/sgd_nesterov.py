"""SGD momentum: plain or Nesterov."""

import optax

RATE, MOMENTUM = 2.0**-5, 0.875


def plain() -> optax.GradientTransformation:
    return optax.sgd(RATE, momentum=MOMENTUM)


def looking_ahead() -> optax.GradientTransformation:
    return optax.sgd(RATE, momentum=MOMENTUM, nesterov=True)
