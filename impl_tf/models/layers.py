"""The layers of the networks, based on tf.nn."""

import tensorflow as tf
from tensorflow import Tensor


class Linear(tf.Module):
    """A dense layer with or without a bias."""

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
    """A convolution, padded on every side by half its kernel."""

    # differs: padding is an operation here, an argument in PyTorch
    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 3,
        stride: int = 2,
        dtype: tf.DType,
    ) -> None:
        super().__init__()
        shape = (kernel, kernel, inputs, outputs)
        self.weight = tf.Variable(tf.zeros(shape, dtype))
        self.bias = tf.Variable(tf.zeros((outputs,), dtype))
        self.stride = stride
        half = (kernel // 2, kernel // 2)
        self.padding = ((0, 0), half, half, (0, 0))

    def __call__(self, x: Tensor) -> Tensor:  # (N, H, W, inputs)
        # padding="SAME" would pad only at the bottom and on the right.
        x = tf.pad(x, self.padding)
        x = tf.nn.conv2d(x, self.weight, strides=self.stride, padding="VALID")
        return tf.nn.bias_add(x, self.bias)  # (N, H/stride, W/stride, outputs)
