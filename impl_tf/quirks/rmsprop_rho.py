"""RMSprop decay (alpha or rho): default 0.99 or 0.9."""

import tensorflow as tf
from keras.optimizers import Optimizer, RMSprop

RATE = 2.0**-7


def longer_memory(parameters: list[tf.Variable]) -> Optimizer:
    return RMSprop(RATE, rho=0.99, epsilon=0.0)


def shorter_memory(parameters: list[tf.Variable]) -> Optimizer:
    return RMSprop(RATE, epsilon=0.0)
