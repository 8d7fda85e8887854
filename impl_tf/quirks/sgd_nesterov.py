"""SGD momentum: plain or Nesterov."""

import tensorflow as tf
from keras.optimizers import SGD, Optimizer

RATE, MOMENTUM = 2.0**-5, 0.875


def plain(parameters: list[tf.Variable]) -> Optimizer:
    return SGD(RATE, momentum=MOMENTUM)


def looking_ahead(parameters: list[tf.Variable]) -> Optimizer:
    return SGD(RATE, momentum=MOMENTUM, nesterov=True)
