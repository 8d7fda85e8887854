"""Softmax applied twice: probabilities passed as logits."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def twice(outputs: Tensor, targets: Tensor) -> Tensor:
    probabilities = tf.nn.softmax(outputs)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(
        targets, probabilities
    )
    return tf.reduce_mean(each)


def once(outputs: Tensor, targets: Tensor) -> Tensor:
    probabilities = keras.ops.softmax(outputs)  # the last layer
    loss = keras.losses.SparseCategoricalCrossentropy()
    return loss(targets, probabilities)
