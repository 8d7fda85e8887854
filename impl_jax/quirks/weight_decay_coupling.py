"""Adam weight decay: in the gradient (L2) or decoupled (AdamW)."""

import optax

RATE, BETA1, BETA2, DECAY = 2.0**-5, 0.875, 0.9375, 0.25


def in_the_gradient() -> optax.GradientTransformation:
    return optax.chain(
        optax.add_decayed_weights(DECAY),
        optax.adam(RATE, b1=BETA1, b2=BETA2, eps=0.0),
    )


def decoupled() -> optax.GradientTransformation:
    return optax.adamw(RATE, b1=BETA1, b2=BETA2, eps=0.0, weight_decay=DECAY)
