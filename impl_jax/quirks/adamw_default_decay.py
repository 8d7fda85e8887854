"""AdamW: default weight decay 0.01 or 0.004."""

import numpy as np
import optax

RATE, BETA1, BETA2 = 2.0**-3, 0.875, 0.9375


def stronger() -> optax.GradientTransformation:
    return optax.adamw(RATE, b1=BETA1, b2=BETA2, eps=0.0, weight_decay=0.01)


def weaker() -> optax.GradientTransformation:
    decay = float(np.float32(0.004))  # rounded as in Keras
    return optax.adamw(RATE, b1=BETA1, b2=BETA2, eps=0.0, weight_decay=decay)
