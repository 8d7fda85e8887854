"""Convolution or cross-correlation: kernel rotated by 180 degrees or not."""

import tensorflow as tf
from tensorflow import Tensor


def cross_correlation(x: Tensor, *, weight: Tensor) -> Tensor:
    return tf.nn.conv2d(x, weight, strides=1, padding="VALID")


def convolution(x: Tensor, *, weight: Tensor) -> Tensor:
    weight = tf.reverse(weight, (0, 1))
    return tf.nn.conv2d(x, weight, strides=1, padding="VALID")
