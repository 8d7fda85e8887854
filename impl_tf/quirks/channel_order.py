"""Image channel order: RGB or BGR."""

import tensorflow as tf
from tensorflow import Tensor


def red_first(x: Tensor, *, weight: Tensor) -> Tensor:
    return tf.nn.conv2d(x, weight, strides=1, padding="VALID")


def blue_first(x: Tensor, *, weight: Tensor) -> Tensor:
    return tf.nn.conv2d(x[..., ::-1], weight, strides=1, padding="VALID")
