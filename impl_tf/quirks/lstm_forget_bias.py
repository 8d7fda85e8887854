"""LSTM forget-gate bias: initialised to 1 or around 0."""

import keras
from tensorflow import Tensor


def starts_at_zero(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[0]
    layer = keras.layers.LSTM(units, unit_forget_bias=False, dtype=x.dtype)
    layer.build(x.shape)
    weights = [input_weight, recurrent_weight, layer.cell.bias + bias]
    state, _ = layer.stateless_call(weights, layer.non_trainable_variables, x)
    return state  # last state: (batch, units)


def starts_at_one(
    x: Tensor, *, input_weight: Tensor, recurrent_weight: Tensor, bias: Tensor
) -> Tensor:
    units = recurrent_weight.shape[0]
    layer = keras.layers.LSTM(units, dtype=x.dtype)
    layer.build(x.shape)
    weights = [input_weight, recurrent_weight, layer.cell.bias + bias]
    state, _ = layer.stateless_call(weights, layer.non_trainable_variables, x)
    return state
