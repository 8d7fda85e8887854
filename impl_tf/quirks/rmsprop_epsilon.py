"""RMSprop epsilon: outside or inside the square root."""

import tensorflow as tf
from keras.optimizers import Optimizer, RMSprop

RATE, RHO, EPSILON = 2.0**-6, 0.875, 2.0**-4


def outside_root(parameters: list[tf.Variable]) -> Optimizer:
    class Outside(RMSprop):
        def update_step(
            self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor
        ) -> None:
            square = self._velocities[self._get_variable_index(variable)]
            square.assign(RHO * square + (1 - RHO) * gradient**2)
            root = tf.sqrt(square) + EPSILON
            variable.assign_sub(rate * gradient / root)

    return Outside(RATE)


def inside_root(parameters: list[tf.Variable]) -> Optimizer:
    return RMSprop(RATE, rho=RHO, epsilon=EPSILON)
