"""LSTM gate order: forget gate second or third."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def forget_second(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[0]
    layer = keras.layers.LSTM(units, dtype=x.dtype)
    layer.build(x.shape)
    weights = [input_weight, recurrent_weight, bias]
    state, _ = layer.stateless_call(weights, layer.non_trainable_variables, x)
    return state  # last state: (batch, units)


def forget_third(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    return forget_second(
        x,
        input_weight=_swapped(input_weight),
        recurrent_weight=_swapped(recurrent_weight),
        bias=_swapped(bias),
    )


def _swapped(blocks: Tensor) -> Tensor:
    i, second, third, o = tf.split(blocks, 4, axis=-1)
    return tf.concat((i, third, second, o), axis=-1)
