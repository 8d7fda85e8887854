"""Gradient clipping by norm: global or per variable."""

import tensorflow as tf
from keras.optimizers import SGD, Optimizer

RATE, MAXIMUM = 2.0**-2, 0.5


def over_everything(parameters: list[tf.Variable]) -> Optimizer:
    class Clipped(SGD):
        def apply(
            self,
            gradients: list[tf.Tensor],
            variables: list[tf.Variable] | None = None,
        ) -> None:
            norm = tf.linalg.global_norm(gradients)
            scale = tf.minimum(MAXIMUM / (norm + 1e-6), 1)
            super().apply([g * scale for g in gradients], variables)

    return Clipped(RATE)


def per_variable(parameters: list[tf.Variable]) -> Optimizer:
    return SGD(RATE, clipnorm=MAXIMUM)
