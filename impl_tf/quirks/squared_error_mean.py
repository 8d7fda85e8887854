"""Squared error: mean (MSE) or half the sum (tf.nn.l2_loss)."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def mean(outputs: Tensor, targets: Tensor) -> Tensor:
    return keras.losses.MeanSquaredError()(targets, outputs)


def half_the_sum(outputs: Tensor, targets: Tensor) -> Tensor:
    return tf.nn.l2_loss(outputs - targets)
