"""Convolutions that shrink images, transposed ones that enlarge them again."""

from typing import Any

import keras
from keras import layers

from impl_keras.layers import Pad


def unet(*, channels: int, width: int) -> keras.Model:
    images = keras.Input((None, None, channels))  # (N, H, W, channels)
    whole = conv(images, width, stride=1, name="first")
    half = conv(whole, 2 * width, stride=2, name="down1")
    x = conv(half, 4 * width, stride=2, name="down2")  # (N, H/4, W/4, …)
    x = enlarge(x, 2 * width, name="up1")  # (N, H/2, W/2, 2 width)
    x = layers.Concatenate()((x, half))  # (N, H/2, W/2, 4 width)
    x = enlarge(x, width, name="up2")  # (N, H, W, width)
    x = layers.Concatenate()((x, whole))  # (N, H, W, 2 width)
    y = layers.Conv2D(channels, 3, name="last")(Pad()(x))
    return keras.Model(images, y)  # (N, H, W, channels)


def conv(x: Any, width: int, *, stride: int, name: str) -> Any:
    """Return a convolution with a ReLU."""
    layer = layers.Conv2D(width, 3, strides=stride, name=name)
    return layers.ReLU()(layer(Pad()(x)))


def enlarge(x: Any, width: int, *, name: str) -> Any:
    """Return a transposed convolution, which doubles the sides of images."""
    x = layers.Conv2DTranspose(width, 3, strides=2, name=name)(x)
    x = layers.Cropping2D(((1, 0), (1, 0)))(x)  # (N, 2H, 2W, width)
    return layers.ReLU()(x)
