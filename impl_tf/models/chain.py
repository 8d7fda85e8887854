"""A chain of multiplications, between a trained scale and a trained shift."""

import tensorflow as tf
from tensorflow import Tensor


class Chain(tf.Module):
    """A batch of vectors and the factors in, a batch of vectors out."""

    def __init__(
        self,
        *,
        operations: int,
        width: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.operations = operations
        self.scale = Scale(width, dtype=dtype)
        self.shift = Shift(width, dtype=dtype)

    def __call__(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, factors = inputs  # (N, width), (width,)
        x = self.scale(x)
        for _ in range(self.operations):
            x = x * factors
        return self.shift(x)  # (N, width)


class Scale(tf.Module):
    """A factor for each column."""

    def __init__(self, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.weight = tf.Variable(tf.zeros((width,), dtype))

    def __call__(self, x: Tensor) -> Tensor:  # (N, width)
        return x * self.weight


class Shift(tf.Module):
    """A term for each column."""

    def __init__(self, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.bias = tf.Variable(tf.zeros((width,), dtype))

    def __call__(self, x: Tensor) -> Tensor:  # (N, width)
        return x + self.bias
