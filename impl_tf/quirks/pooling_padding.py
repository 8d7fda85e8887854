"""Max pooling at stride 2: padding=1 or SAME padding."""

import tensorflow as tf
from tensorflow import Tensor


def symmetric(x: Tensor) -> Tensor:
    sides = ((0, 0), (1, 1), (1, 1), (0, 0))
    x = tf.pad(x, sides, constant_values=float("-inf"))
    return tf.nn.max_pool2d(x, 3, strides=2, padding="VALID")


def bottom_right(x: Tensor) -> Tensor:
    return tf.nn.max_pool2d(x, 3, strides=2, padding="SAME")
