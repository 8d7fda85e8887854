"""Batch normalisation: default epsilon 1e-5 or 1e-3."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def a_hundred_thousandth(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = keras.layers.BatchNormalization(epsilon=1e-5, dtype=x.dtype)
    layer.build(x.shape)
    state = [tf.zeros_like(beta), tf.ones_like(gamma)]
    outputs, _ = layer.stateless_call([gamma, beta], state, x, training=True)
    return outputs


def a_thousandth(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = keras.layers.BatchNormalization(dtype=x.dtype)
    layer.build(x.shape)
    state = [tf.zeros_like(beta), tf.ones_like(gamma)]
    outputs, _ = layer.stateless_call([gamma, beta], state, x, training=True)
    return outputs
