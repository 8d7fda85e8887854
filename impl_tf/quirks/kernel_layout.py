"""Converting a convolution kernel: axes permuted or all reversed."""

import tensorflow as tf
from tensorflow import Tensor


def each_in_its_place(x: Tensor, *, kernel: Tensor) -> Tensor:
    weight = tf.transpose(kernel, (2, 3, 1, 0))  # OIHW -> HWIO
    return tf.nn.conv2d(x, weight, strides=1, padding="VALID")


def all_reversed(x: Tensor, *, kernel: Tensor) -> Tensor:
    weight = tf.transpose(kernel)  # OIHW -> WHIO
    return tf.nn.conv2d(x, weight, strides=1, padding="VALID")
