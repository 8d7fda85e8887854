"""Transposed convolution at stride 2: first or last row cropped."""

import tensorflow as tf
from tensorflow import Tensor


def first_cropped(x: Tensor, *, weight: Tensor) -> Tensor:
    n, height, width, _ = x.shape
    shape = (n, 2 * height + 1, 2 * width + 1, weight.shape[2])
    x = tf.nn.conv2d_transpose(x, weight, shape, strides=2, padding="VALID")
    return x[:, 1:, 1:]


def last_cropped(x: Tensor, *, weight: Tensor) -> Tensor:
    n, height, width, _ = x.shape
    shape = (n, 2 * height, 2 * width, weight.shape[2])
    return tf.nn.conv2d_transpose(x, weight, shape, strides=2, padding="SAME")
