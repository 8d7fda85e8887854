"""AdamW: default weight decay 0.01 or 0.004."""

import tensorflow as tf
from keras.optimizers import AdamW, Optimizer

RATE, BETA1, BETA2 = 2.0**-3, 0.875, 0.9375


def stronger(parameters: list[tf.Variable]) -> Optimizer:
    decay = tf.constant(0.01, tf.float64)  # a float would be rounded
    return AdamW(
        RATE, weight_decay=decay, beta_1=BETA1, beta_2=BETA2, epsilon=0.0
    )


def weaker(parameters: list[tf.Variable]) -> Optimizer:
    return AdamW(RATE, beta_1=BETA1, beta_2=BETA2, epsilon=0.0)
