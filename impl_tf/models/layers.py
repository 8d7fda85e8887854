"""The layers that the networks are made of, over the operations of tf.nn."""

import tensorflow as tf
from tensorflow import Tensor


class Linear(tf.Module):
    """A dense layer, with a bias or without."""

    # differs: the weight is (in, out) here, (out, in) in PyTorch
    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        dtype: tf.DType,
    ) -> None:
        super().__init__()
        self.weight = tf.Variable(tf.zeros((inputs, outputs), dtype))
        self.bias = tf.Variable(tf.zeros((outputs,), dtype)) if bias else None

    def __call__(self, x: Tensor) -> Tensor:  # (N, inputs)
        x = tf.matmul(x, self.weight)  # (N, outputs)
        return x if self.bias is None else tf.nn.bias_add(x, self.bias)


class Conv(tf.Module):
    """A 3x3 convolution of stride 2, one pixel of padding on every side."""

    # differs: padding is an operation here, an argument in PyTorch
    def __init__(self, inputs: int, outputs: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.weight = tf.Variable(tf.zeros((3, 3, inputs, outputs), dtype))
        self.bias = tf.Variable(tf.zeros((outputs,), dtype))

    def __call__(self, x: Tensor) -> Tensor:  # (N, H, W, inputs)
        # padding="SAME" would pad the bottom and the right alone.
        x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        x = tf.nn.conv2d(x, self.weight, strides=2, padding="VALID")
        return tf.nn.bias_add(x, self.bias)  # (N, H/2, W/2, outputs)
