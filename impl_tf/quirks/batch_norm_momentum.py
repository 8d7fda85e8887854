"""Batch normalisation momentum: weight of the new or old statistics."""

import keras
import tensorflow as tf
from tensorflow import Tensor

MOMENTUM, EPSILON = 0.125, 2.0**-10


def share_of_the_new(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = keras.layers.BatchNormalization(
        momentum=1 - MOMENTUM, epsilon=EPSILON, dtype=x.dtype
    )
    layer.build(x.shape)
    own, ones = [gamma, beta], tf.ones_like(gamma)
    fresh = [tf.zeros_like(beta), ones]
    _, (mean, _) = layer.stateless_call(own, fresh, x, training=True)
    moved = [tf.stop_gradient(mean), ones]
    return layer.stateless_call(own, moved, x, training=False)[0]


def share_of_the_old(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = keras.layers.BatchNormalization(
        momentum=MOMENTUM, epsilon=EPSILON, dtype=x.dtype
    )
    layer.build(x.shape)
    own, ones = [gamma, beta], tf.ones_like(gamma)
    fresh = [tf.zeros_like(beta), ones]
    _, (mean, _) = layer.stateless_call(own, fresh, x, training=True)
    moved = [tf.stop_gradient(mean), ones]
    return layer.stateless_call(own, moved, x, training=False)[0]
