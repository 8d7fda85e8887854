"""Adagrad: initial accumulator value 0 or 0.1."""

import numpy as np
import optax

RATE = 2.0**-5


def starts_at_zero() -> optax.GradientTransformation:
    return optax.adagrad(RATE, initial_accumulator_value=0.0, eps=0.0)


def starts_at_a_tenth() -> optax.GradientTransformation:
    start = float(np.float32(0.1))  # the default, rounded as in Keras
    return optax.adagrad(RATE, initial_accumulator_value=start, eps=0.0)
