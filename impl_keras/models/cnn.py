"""Four convolutions of stride 2, global average pooling, a linear head."""

import keras
from keras import layers

from impl_keras.layers import Pad


def cnn(*, channels: int, classes: int) -> keras.Model:
    x = images = keras.Input((None, None, channels))  # (N, H, W, channels)
    for number, width in enumerate((16, 32, 64, 128), start=1):
        conv = layers.Conv2D(width, 3, strides=2, name=f"conv{number}")
        x = layers.ReLU()(conv(Pad()(x)))
    x = layers.GlobalAveragePooling2D()(x)  # (N, 128)
    y = layers.Dense(classes, name="head")(x)
    return keras.Model(images, y)  # (N, classes)
