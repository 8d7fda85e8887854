"""Two dense layers with a ReLU between them: relu(x W1) W2."""

import keras
from keras import layers


def two_layer(*, inputs: int, hidden: int, outputs: int) -> keras.Model:
    x = keras.Input((inputs,))  # (N, inputs)
    h = layers.Dense(hidden, use_bias=False, name="hidden")(x)
    h = layers.ReLU()(h)  # (N, hidden)
    y = layers.Dense(outputs, use_bias=False, name="output")(h)
    return keras.Model(x, y)  # (N, outputs)
