"""Layer normalisation: default epsilon 1e-5 or 1e-3."""

import keras
from tensorflow import Tensor


def a_hundred_thousandth(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = keras.layers.LayerNormalization(epsilon=1e-5, dtype=x.dtype)
    layer.build(x.shape)
    outputs, _ = layer.stateless_call([gamma, beta], [], x)
    return outputs


def a_thousandth(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = keras.layers.LayerNormalization(dtype=x.dtype)
    layer.build(x.shape)
    outputs, _ = layer.stateless_call([gamma, beta], [], x)
    return outputs
