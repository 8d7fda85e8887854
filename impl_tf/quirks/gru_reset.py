"""GRU reset gate: after or before the matrix product (reset_after)."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def after_product(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[0]
    layer = keras.layers.GRU(units, dtype=x.dtype)
    layer.build(x.shape)
    biases = tf.stack((bias, tf.zeros_like(bias)))
    weights = [_swapped(w) for w in (input_weight, recurrent_weight, biases)]
    state, _ = layer.stateless_call(weights, layer.non_trainable_variables, x)
    return state  # the last state: (batch, units)


def before_product(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[0]
    layer = keras.layers.GRU(units, reset_after=False, dtype=x.dtype)
    layer.build(x.shape)
    weights = [_swapped(w) for w in (input_weight, recurrent_weight, bias)]
    state, _ = layer.stateless_call(weights, layer.non_trainable_variables, x)
    return state


def _swapped(blocks: Tensor) -> Tensor:
    reset, update, candidate = tf.split(blocks, 3, axis=-1)
    return tf.concat((update, reset, candidate), axis=-1)
