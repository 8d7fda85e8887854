"""SGD momentum: without or with dampening."""

import tensorflow as tf
from keras.optimizers import SGD, Optimizer

RATE, MOMENTUM, DAMPENING = 2.0**-5, 0.875, 0.75


def undampened(parameters: list[tf.Variable]) -> Optimizer:
    return SGD(RATE, momentum=MOMENTUM)


def dampened(parameters: list[tf.Variable]) -> Optimizer:
    class Dampened(SGD):
        def update_step(
            self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor
        ) -> None:
            later = tf.cast(self.iterations > 0, gradient.dtype)
            share = 1 - DAMPENING * later  # the first gradient is not dampened
            super().update_step(share * gradient, variable, rate)

    return Dampened(RATE, momentum=MOMENTUM)
