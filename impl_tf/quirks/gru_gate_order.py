"""GRU gate order: reset gate or update gate first."""

import keras
import tensorflow as tf
from tensorflow import Tensor


def reset_first(
    x: Tensor,
    *,
    input_weight: Tensor,
    recurrent_weight: Tensor,
    biases: Tensor,
) -> Tensor:
    return update_first(
        x,
        input_weight=_swapped(input_weight),
        recurrent_weight=_swapped(recurrent_weight),
        biases=_swapped(biases),
    )


def update_first(
    x: Tensor,
    *,
    input_weight: Tensor,
    recurrent_weight: Tensor,
    biases: Tensor,
) -> Tensor:
    units = recurrent_weight.shape[0]
    layer = keras.layers.GRU(units, dtype=x.dtype)
    layer.build(x.shape)
    weights = [input_weight, recurrent_weight, biases]
    state, _ = layer.stateless_call(weights, layer.non_trainable_variables, x)
    return state  # the last state: (batch, units)


def _swapped(blocks: Tensor) -> Tensor:
    first, second, candidate = tf.split(blocks, 3, axis=-1)
    return tf.concat((second, first, candidate), axis=-1)
