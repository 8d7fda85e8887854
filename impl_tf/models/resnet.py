"""A convolution, two residual blocks, average pooling, a linear head."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import BatchNorm, Conv, Linear


class Resnet(tf.Module):
    """A batch of images in, their logits out."""

    def __init__(
        self, *, width: int, classes: int, dtype: tf.DType = tf.float32
    ) -> None:
        super().__init__()
        # The normalization after a convolution would subtract its bias again.
        self.conv1 = Conv(3, width, stride=1, bias=False, dtype=dtype)
        self.norm1 = BatchNorm(width, dtype=dtype)
        self.block1 = Block(width, dtype=dtype)
        self.block2 = Block(width, dtype=dtype)
        self.head = Linear(width, classes, dtype=dtype)

    # differs: training is passed on to every layer; in PyTorch, a state
    def __call__(self, x: Tensor, *, training: bool = True) -> Tensor:
        x = self.norm1(self.conv1(x), training=training)  # (N, H, W, width)
        x = tf.nn.relu(x)
        x = self.block1(x, training=training)  # (N, H, W, width)
        x = self.block2(x, training=training)  # (N, H, W, width)
        x = tf.reduce_mean(x, axis=(1, 2))  # (N, width)
        return self.head(x)  # (N, classes)


class Block(tf.Module):
    """Two normalized convolutions, added to the block's input."""

    def __init__(self, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.conv1 = Conv(width, width, stride=1, bias=False, dtype=dtype)
        self.norm1 = BatchNorm(width, dtype=dtype)
        self.conv2 = Conv(width, width, stride=1, bias=False, dtype=dtype)
        self.norm2 = BatchNorm(width, dtype=dtype)

    def __call__(self, x: Tensor, *, training: bool = True) -> Tensor:
        y = self.norm1(self.conv1(x), training=training)  # (N, H, W, width)
        y = self.conv2(tf.nn.relu(y))  # (N, H, W, width)
        y = self.norm2(y, training=training)  # (N, H, W, width)
        return tf.nn.relu(x + y)  # the residual connection
