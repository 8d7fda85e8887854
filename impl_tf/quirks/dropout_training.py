"""Dropout without a training flag: active or inactive."""

import keras
import tensorflow as tf
from tensorflow import Tensor

RATE = 0.5


def dropping(x: Tensor) -> Tensor:
    dropout = keras.layers.Dropout(RATE, dtype=x.dtype)
    ones = tf.ones(256, x.dtype)
    factor = tf.reduce_max(dropout(ones, training=True))  # 0s or the factor
    return tf.where(x > 0, x, 0) * factor


def passing(x: Tensor) -> Tensor:
    dropout = keras.layers.Dropout(RATE, dtype=x.dtype)
    return dropout(x)
