"""Depthwise kernel initialisation: fan-in of one or all channels."""

import tensorflow as tf
from keras.initializers import HeUniform, RandomUniform
from tensorflow import Tensor
from tensorflow.nn import depthwise_conv2d


def one_channel(x: Tensor, *, draws: Tensor) -> Tensor:
    bound = _bound((3, 3, 1, 1))  # as for a kernel of one channel
    kernel = draws * tf.cast(bound, x.dtype)
    return depthwise_conv2d(x, kernel, (1, 1, 1, 1), "VALID")


def all_channels(x: Tensor, *, draws: Tensor) -> Tensor:
    bound = _bound(draws.shape)  # 3, 3, channels, 1
    kernel = draws * tf.cast(bound, x.dtype)
    return depthwise_conv2d(x, kernel, (1, 1, 1, 1), "VALID")


def _bound(shape: tuple[int, ...]) -> Tensor:
    drawn = HeUniform(seed=0)(shape, dtype="float64")
    even = RandomUniform(-1, 1, seed=0)(shape, dtype="float64")
    return tf.reduce_max(tf.abs(drawn)) / tf.reduce_max(tf.abs(even))
