"""Nearest-neighbour resizing: aligned by pixel corners or centres."""

import tensorflow as tf
from tensorflow import Tensor


def by_corners(x: Tensor) -> Tensor:
    size = (x.shape[1] // 2, x.shape[2] // 2)
    return tf.compat.v1.image.resize(x, size, method="nearest")


def by_centres(x: Tensor) -> Tensor:
    size = (x.shape[1] // 2, x.shape[2] // 2)
    return tf.image.resize(x, size, method="nearest")
