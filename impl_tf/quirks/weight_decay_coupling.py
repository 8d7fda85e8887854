"""Adam weight decay: in the gradient (L2) or decoupled (AdamW)."""

import tensorflow as tf
from keras.optimizers import Adam, Optimizer

RATE, BETA1, BETA2, DECAY = 2.0**-5, 0.875, 0.9375, 0.25


def in_the_gradient(parameters: list[tf.Variable]) -> Optimizer:
    class Penalised(Adam):
        def update_step(
            self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor
        ) -> None:
            super().update_step(gradient + DECAY * variable, variable, rate)

    return Penalised(RATE, beta_1=BETA1, beta_2=BETA2, epsilon=0.0)


def decoupled(parameters: list[tf.Variable]) -> Optimizer:
    return Adam(
        RATE, beta_1=BETA1, beta_2=BETA2, epsilon=0.0, weight_decay=DECAY
    )
