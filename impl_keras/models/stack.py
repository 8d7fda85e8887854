"""A chain of convolutions of the given widths, with ReLU between them."""

from collections.abc import Sequence

import keras
from keras import layers

from impl_keras.layers import Pad


def stack(*, widths: Sequence[int], kernel: int, stride: int) -> keras.Model:
    x = images = keras.Input((None, None, widths[0]))  # (N, H, W, inputs)
    for number, width in enumerate(widths[1:], start=1):
        if number > 1:
            x = layers.ReLU()(x)
        conv = layers.Conv2D(
            width, kernel, strides=stride, name=f"conv{number}"
        )
        x = conv(Pad(kernel)(x))
    return keras.Model(images, x)  # (N, H', W', outputs)
