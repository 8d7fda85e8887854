"""Flattening images: channels first (NCHW) or channels last (NHWC)."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def channel_by_channel(x: Tensor, *, weight: Tensor) -> Tensor:
    x = tf.transpose(x, (0, 3, 1, 2))  # (N, C, H, W)
    return tf.matmul(keras.layers.Flatten(dtype=x.dtype)(x), weight)


def pixel_by_pixel(x: Tensor, *, weight: Tensor) -> Tensor:
    return tf.matmul(keras.layers.Flatten(dtype=x.dtype)(x), weight)
