"""Division of integers: result in float32 or float64."""

import tensorflow as tf
from tensorflow import Tensor

TICKS = 64  # per turn


def in_single_precision(x: Tensor, *, weight: Tensor) -> Tensor:
    place = tf.cast(x, tf.float32) / TICKS % 1
    return tf.matmul(tf.cast(place, weight.dtype), weight)


def in_double_precision(x: Tensor, *, weight: Tensor) -> Tensor:
    place = x / TICKS % 1
    return tf.matmul(tf.cast(place, weight.dtype), weight)
