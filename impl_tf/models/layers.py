"""The layers of the networks, based on tf.nn."""

import tensorflow as tf
from tensorflow import Tensor

EPSILON = 2.0**-10  # added to a variance
NEW_SHARE = 0.125  # weight of a new batch in running statistics


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
    def __init__(  # noqa: PLR0913 - each may be set
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 3,
        stride: int = 2,
        bias: bool = True,
        dtype: tf.DType,
    ) -> None:
        super().__init__()
        shape = (kernel, kernel, inputs, outputs)
        self.weight = tf.Variable(tf.zeros(shape, dtype))
        self.bias = tf.Variable(tf.zeros((outputs,), dtype)) if bias else None
        self.stride = stride
        half = (kernel // 2, kernel // 2)
        self.padding = ((0, 0), half, half, (0, 0))

    def __call__(self, x: Tensor) -> Tensor:  # (N, H, W, inputs)
        # padding="SAME" would pad only at the bottom and on the right.
        x = tf.pad(x, self.padding)
        x = tf.nn.conv2d(x, self.weight, strides=self.stride, padding="VALID")
        # Images have the shape (N, H/stride, W/stride, outputs) now.
        return x if self.bias is None else tf.nn.bias_add(x, self.bias)


class BatchNorm(tf.Module):
    """A normalization of each channel by the statistics of its batch.

    Outside training, it uses running statistics instead.
    """

    # differs: PyTorch's layer stores the unbiased variance, Keras' the biased
    def __init__(self, channels: int, *, dtype: tf.DType) -> None:
        super().__init__()
        zeros, ones = tf.zeros((channels,), dtype), tf.ones((channels,), dtype)
        self.weight, self.bias = tf.Variable(ones), tf.Variable(zeros)
        self.running_mean = tf.Variable(zeros, trainable=False)
        self.running_var = tf.Variable(ones, trainable=False)

    def __call__(self, x: Tensor, *, training: bool = True) -> Tensor:
        mean, variance = self.running_mean, self.running_var
        if training:
            mean, variance = tf.nn.moments(x, axes=(0, 1, 2))
            self._follow(mean, variance, count=x.shape[:3].num_elements())
        return tf.nn.batch_normalization(
            x, mean, variance, self.bias, self.weight, EPSILON
        )

    def _follow(self, mean: Tensor, variance: Tensor, *, count: int) -> None:
        """Move the running statistics towards those of a batch."""
        unbiased = variance * (count / (count - 1))
        moved = (1 - NEW_SHARE) * self.running_mean + NEW_SHARE * mean
        self.running_mean.assign(moved)
        moved = (1 - NEW_SHARE) * self.running_var + NEW_SHARE * unbiased
        self.running_var.assign(moved)


class Embedding(tf.Module):
    """A table with one row for each token."""

    # differs: a row that is looked up twice gets one sparse gradient each
    def __init__(self, tokens: int, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.table = tf.Variable(tf.zeros((tokens, width), dtype))

    def __call__(self, tokens: Tensor) -> Tensor:  # (N, T)
        return tf.gather(self.table, tokens)  # (N, T, width)
