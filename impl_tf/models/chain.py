"""Multiplications and subtractions in turn, between a gain and an offset."""

import tensorflow as tf
from tensorflow import Tensor


class Chain(tf.Module):
    """Vectors with their factors and terms in, a batch of vectors out."""

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

    def __call__(self, inputs: Tensor) -> Tensor:  # (N, 4, width)
        # differs: unstacking copies; PyTorch makes views
        arrays = tf.unstack(inputs, axis=1)
        x, factors, others, terms = arrays  # (N, width) each
        x = self.scale(x)
        for _ in range(self.operations // 2):
            x = x * factors
            x = terms - x
            factors, others = others, factors
        if self.operations % 2 == 1:
            x = x * factors
        return self.shift(x)  # (N, width)


class Scale(tf.Module):
    """A factor for each column."""

    def __init__(self, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.gain = tf.Variable(tf.zeros((width,), dtype))

    def __call__(self, x: Tensor) -> Tensor:  # (N, width)
        return x * self.gain


class Shift(tf.Module):
    """A term for each column."""

    def __init__(self, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.offset = tf.Variable(tf.zeros((width,), dtype))

    def __call__(self, x: Tensor) -> Tensor:  # (N, width)
        return x + self.offset
