"""SGD momentum: learning rate outside or inside the velocity."""

import optax

RATE, MOMENTUM, DECAY = 2.0**-5, 0.875, 0.5


def rate_outside() -> optax.GradientTransformation:
    schedule = optax.exponential_decay(RATE, 1, DECAY)
    return optax.sgd(schedule, momentum=MOMENTUM)


def rate_inside() -> optax.GradientTransformation:
    schedule = optax.exponential_decay(RATE, 1, DECAY)
    return optax.chain(
        optax.scale_by_learning_rate(schedule), optax.trace(MOMENTUM)
    )
