"""Gradient clipping: by value or by global norm."""

import tensorflow as tf
from keras.optimizers import SGD, Optimizer

RATE, MAXIMUM = 2.0**-3, 0.5


def by_value(parameters: list[tf.Variable]) -> Optimizer:
    return SGD(RATE, clipvalue=MAXIMUM)


def by_norm(parameters: list[tf.Variable]) -> Optimizer:
    return SGD(RATE, global_clipnorm=MAXIMUM)
