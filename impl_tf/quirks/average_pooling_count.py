"""Average pooling with padding: zeros included in the average or not."""

import tensorflow as tf
from tensorflow import Tensor


def padding_counted(x: Tensor) -> Tensor:
    x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return tf.nn.avg_pool2d(x, 3, strides=1, padding="VALID")


def pixels_counted(x: Tensor) -> Tensor:
    return tf.nn.avg_pool2d(x, 3, strides=1, padding="SAME")
