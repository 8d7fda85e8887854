"""Adadelta: default learning rate 1 or 0.001."""

import optax


def full_rate() -> optax.GradientTransformation:
    return optax.adadelta(1.0)


def thousandth_rate() -> optax.GradientTransformation:
    return optax.adadelta(0.001, rho=0.95, eps=1e-7)
