"""Adadelta: default learning rate 1 or 0.001."""

import tensorflow as tf
from keras.optimizers import Adadelta, Optimizer


def full_rate(parameters: list[tf.Variable]) -> Optimizer:
    return Adadelta(1.0, rho=0.9, epsilon=1e-6)


def thousandth_rate(parameters: list[tf.Variable]) -> Optimizer:
    return Adadelta()
