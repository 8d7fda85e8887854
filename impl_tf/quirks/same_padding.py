"""SAME padding at stride 2: symmetric, or bottom and right."""

import tensorflow as tf
from tensorflow import Tensor


def symmetric(x: Tensor, *, weight: Tensor) -> Tensor:
    x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return tf.nn.conv2d(x, weight, strides=2, padding="VALID")


def bottom_right(x: Tensor, *, weight: Tensor) -> Tensor:
    return tf.nn.conv2d(x, weight, strides=2, padding="SAME")
