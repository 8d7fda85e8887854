"""A convolution, two residual blocks, average pooling, a linear head."""

from typing import Any

import keras
from keras import layers, ops

from impl_keras.layers import BatchNorm, Pad


def resnet(*, width: int, classes: int) -> keras.Model:
    images = keras.Input((None, None, 3))  # (N, H, W, 3)
    x = layers.Conv2D(width, 3, use_bias=False, name="conv1")(Pad()(images))
    x = layers.ReLU()(BatchNorm(name="norm1")(x))  # (N, H, W, width)
    x = Block(width, name="block1")(x)
    x = Block(width, name="block2")(x)
    x = layers.GlobalAveragePooling2D()(x)  # (N, width)
    y = layers.Dense(classes, name="head")(x)
    return keras.Model(images, y)  # (N, classes)


class Block(layers.Layer):
    """Two normalized convolutions, added to the block's input."""

    def __init__(self, width: int, *, name: str) -> None:
        super().__init__(name=name)
        self.pad = Pad()
        self.conv1 = layers.Conv2D(width, 3, use_bias=False, name="conv1")
        self.norm1 = BatchNorm(name="norm1")
        self.conv2 = layers.Conv2D(width, 3, use_bias=False, name="conv2")
        self.norm2 = BatchNorm(name="norm2")

    def call(self, x: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002
        y = self.norm1(self.conv1(self.pad(x)), training=training)
        y = self.conv2(self.pad(ops.relu(y)))
        y = self.norm2(y, training=training)
        return ops.relu(x + y)  # the residual connection
