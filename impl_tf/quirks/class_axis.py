"""Cross-entropy over sequences or pixels: class axis second or last."""

import tensorflow as tf
from keras.losses import SparseCategoricalCrossentropy
from tensorflow import Tensor


def on_axis_1(outputs: Tensor, targets: Tensor) -> Tensor:
    squares = tf.reshape(outputs, (*targets.shape, -1))  # (N, S, S)
    loss = SparseCategoricalCrossentropy(from_logits=True)
    return loss(targets, tf.linalg.matrix_transpose(squares))


def on_the_last_axis(outputs: Tensor, targets: Tensor) -> Tensor:
    squares = tf.reshape(outputs, (*targets.shape, -1))  # (N, S, S)
    loss = SparseCategoricalCrossentropy(from_logits=True)
    return loss(targets, squares)
