"""LSTM bias: two vectors (bias_ih and bias_hh) or one."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def both_learn(
    x: Tensor,
    *,
    input_weight: Tensor,
    recurrent_weight: Tensor,
    biases: Tensor,
) -> Tensor:
    units = recurrent_weight.shape[0]
    layer = keras.layers.LSTM(units, dtype=x.dtype)
    layer.build(x.shape)
    weights = [input_weight, recurrent_weight, biases[0] + biases[1]]
    state, _ = layer.stateless_call(weights, layer.non_trainable_variables, x)
    return state  # last state: (batch, units)


def one_learns(
    x: Tensor,
    *,
    input_weight: Tensor,
    recurrent_weight: Tensor,
    biases: Tensor,
) -> Tensor:
    return both_learn(
        x,
        input_weight=input_weight,
        recurrent_weight=recurrent_weight,
        biases=tf.stack((biases[0], tf.stop_gradient(biases[1]))),
    )
