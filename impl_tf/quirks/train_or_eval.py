"""Batch normalisation by default: training or inference mode."""

import keras
import tensorflow as tf
from tensorflow import Tensor

EPSILON = 0.125


def by_the_batch(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = keras.layers.BatchNormalization(epsilon=EPSILON, dtype=x.dtype)
    layer.build(x.shape)
    statistics = [tf.zeros_like(beta), tf.ones_like(gamma)]
    outputs, _ = layer.stateless_call(
        [gamma, beta], statistics, x, training=True
    )
    return outputs


def by_running_statistics(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = keras.layers.BatchNormalization(epsilon=EPSILON, dtype=x.dtype)
    layer.build(x.shape)
    statistics = [tf.zeros_like(beta), tf.ones_like(gamma)]
    outputs, _ = layer.stateless_call([gamma, beta], statistics, x)
    return outputs
