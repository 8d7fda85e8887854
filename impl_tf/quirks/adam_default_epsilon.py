"""Adam: default epsilon 1e-8 after or 1e-7 before bias correction."""

import tensorflow as tf
from keras.optimizers import Adam, Optimizer

RATE, BETA1, BETA2 = 2.0**-26, 0.875, 1 - 2.0**-10


def smaller(parameters: list[tf.Variable]) -> Optimizer:
    class Corrected(Adam):
        def update_step(
            self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor
        ) -> None:
            steps = tf.cast(self.iterations + 1, variable.dtype)
            self.epsilon = 1e-8 * (1 - BETA2**steps) ** 0.5
            super().update_step(gradient, variable, rate)

    return Corrected(RATE, beta_1=BETA1, beta_2=BETA2)


def larger(parameters: list[tf.Variable]) -> Optimizer:
    return Adam(RATE, beta_1=BETA1, beta_2=BETA2)
