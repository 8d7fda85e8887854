"""Convolutions that shrink images, transposed ones that enlarge them again."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Conv


class Unet(tf.Module):
    """A batch of images in, a batch of images out."""

    def __init__(
        self,
        *,
        channels: int,
        width: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.first = Conv(channels, width, stride=1, dtype=dtype)
        self.down1 = Conv(width, 2 * width, dtype=dtype)
        self.down2 = Conv(2 * width, 4 * width, dtype=dtype)
        self.up1 = UpConv(4 * width, 2 * width, dtype=dtype)
        self.up2 = UpConv(4 * width, width, dtype=dtype)
        self.last = Conv(2 * width, channels, stride=1, dtype=dtype)

    # differs: channels are the last axis here, the second in PyTorch
    def __call__(self, x: Tensor) -> Tensor:  # (N, H, W, channels)
        whole = tf.nn.relu(self.first(x))  # (N, H, W, width)
        half = tf.nn.relu(self.down1(whole))  # (N, H/2, W/2, 2 width)
        x = tf.nn.relu(self.down2(half))  # (N, H/4, W/4, 4 width)
        x = tf.nn.relu(self.up1(x))  # (N, H/2, W/2, 2 width)
        x = tf.concat((x, half), axis=-1)  # (N, H/2, W/2, 4 width)
        x = tf.nn.relu(self.up2(x))  # (N, H, W, width)
        x = tf.concat((x, whole), axis=-1)  # (N, H, W, 2 width)
        return self.last(x)  # (N, H, W, channels)


class UpConv(tf.Module):
    """A transposed convolution that doubles the sides of images."""

    # differs: cropped by a slice here, by the layer's padding in PyTorch
    def __init__(self, inputs: int, outputs: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.outputs = outputs
        self.weight = tf.Variable(tf.zeros((3, 3, outputs, inputs), dtype))
        self.bias = tf.Variable(tf.zeros((outputs,), dtype))

    def __call__(self, x: Tensor) -> Tensor:  # (N, H, W, inputs)
        n, height, width, _ = x.shape
        shape = (n, 2 * height + 1, 2 * width + 1, self.outputs)
        x = tf.nn.conv2d_transpose(
            x, self.weight, shape, strides=2, padding="VALID"
        )
        # padding="SAME" would crop the last row and column instead.
        return tf.nn.bias_add(x[:, 1:, 1:], self.bias)  # (N, 2H, 2W, outputs)
