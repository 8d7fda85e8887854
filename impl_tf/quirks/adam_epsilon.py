"""Adam epsilon: added after or before bias correction."""

import tensorflow as tf
from keras.optimizers import Adam, Optimizer

RATE, BETA1, BETA2, EPSILON = 2.0**-7, 0.875, 0.9375, 2.0**-6


def after_correction(parameters: list[tf.Variable]) -> Optimizer:
    class Corrected(Adam):
        def update_step(
            self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor
        ) -> None:
            steps = tf.cast(self.iterations + 1, variable.dtype)
            self.epsilon = EPSILON * (1 - BETA2**steps) ** 0.5
            super().update_step(gradient, variable, rate)

    return Corrected(RATE, beta_1=BETA1, beta_2=BETA2)


def before_correction(parameters: list[tf.Variable]) -> Optimizer:
    return Adam(RATE, beta_1=BETA1, beta_2=BETA2, epsilon=EPSILON)
