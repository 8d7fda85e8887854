"""Sum of uint8 values: promoted to int64 or wrapped around at 256."""

import tensorflow as tf
from tensorflow import Tensor

WHITE = 256


def in_64_bits(x: Tensor, *, weight: Tensor) -> Tensor:
    total = tf.reduce_sum(tf.cast(x, tf.int64), axis=1)
    return tf.matmul(tf.cast(total, weight.dtype) / WHITE, weight)


def in_8_bits(x: Tensor, *, weight: Tensor) -> Tensor:
    total = tf.reduce_sum(x, axis=1)
    return tf.matmul(tf.cast(total, weight.dtype) / WHITE, weight)
