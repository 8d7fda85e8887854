"""Recurrent layers: time axis first or second (batch_first)."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def over_first_axis(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    states = over_second_axis(
        tf.transpose(x, (1, 0, 2)),
        input_weight=input_weight,
        recurrent_weight=recurrent_weight,
        bias=bias,
    )
    return tf.transpose(states, (1, 0, 2))


def over_second_axis(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[0]
    layer = keras.layers.SimpleRNN(units, return_sequences=True, dtype=x.dtype)
    layer.build(x.shape)
    weights = [input_weight, recurrent_weight, bias]
    states, _ = layer.stateless_call(weights, layer.non_trainable_variables, x)
    return states
