"""Modules that the program of a batch puts in an order, and a linear head."""

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Linear


class Modular(tf.Module):
    """A batch of vectors and its program in, a batch of vectors out."""

    def __init__(
        self,
        *,
        width: int,
        outputs: int,
        modules: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.bank = Bank(modules, width, dtype=dtype)
        self.head = Linear(width, outputs, dtype=dtype)

    def __call__(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, program = inputs  # (N, width), (depth,)
        return self.head(self.bank(x, program))  # (N, outputs)


class Bank(tf.Module):
    """Dense layers with tanh, stacked, so that a number selects a layer."""

    # differs: gathering from a variable here; indexing a parameter there
    def __init__(self, modules: int, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        shape = (modules, width, width)  # each is (in, out)
        self.weights = tf.Variable(tf.zeros(shape, dtype))
        self.biases = tf.Variable(tf.zeros(shape[:2], dtype))

    def __call__(self, x: Tensor, program: Tensor) -> Tensor:
        # A graph must not contain the program: it serves every batch.
        weights = tf.gather(self.weights, program)  # (depth, width, width)
        biases = tf.gather(self.biases, program)  # (depth, width)
        for place in range(program.shape[0]):
            x = tf.tanh(x @ weights[place] + biases[place])  # (N, width)
        return x
