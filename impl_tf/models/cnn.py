"""Four convolutions of stride 2, global average pooling, a linear head."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Conv, Linear


class Cnn(tf.Module):
    """A batch of images in, their logits out."""

    def __init__(
        self,
        *,
        channels: int,
        classes: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.conv1 = Conv(channels, 16, dtype=dtype)
        self.conv2 = Conv(16, 32, dtype=dtype)
        self.conv3 = Conv(32, 64, dtype=dtype)
        self.conv4 = Conv(64, 128, dtype=dtype)
        self.head = Linear(128, classes, dtype=dtype)

    # differs: images are (N, H, W, C) here, (N, C, H, W) in PyTorch
    def __call__(self, x: Tensor) -> Tensor:  # (N, H, W, channels)
        x = tf.nn.relu(self.conv1(x))  # (N, H/2, W/2, 16)
        x = tf.nn.relu(self.conv2(x))  # (N, H/4, W/4, 32)
        x = tf.nn.relu(self.conv3(x))  # (N, H/8, W/8, 64)
        x = tf.nn.relu(self.conv4(x))  # (N, H/16, W/16, 128)
        x = tf.reduce_mean(x, axis=(1, 2))  # (N, 128)
        return self.head(x)  # (N, classes)
