"""A chain of dense layers of the given widths, with ReLU between them."""

from collections.abc import Sequence

import keras
from keras import layers


def mlp(*, widths: Sequence[int]) -> keras.Model:
    x = inputs = keras.Input((widths[0],))  # (N, inputs)
    for number, width in enumerate(widths[1:], start=1):
        if number > 1:
            x = layers.ReLU()(x)
        x = layers.Dense(width, name=f"layer{number}")(x)
    return keras.Model(inputs, x)  # (N, outputs)
