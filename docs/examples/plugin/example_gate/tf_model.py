"""The model of the workload in TensorFlow."""

import tensorflow as tf
from tensorflow import Tensor


class Dense(tf.Module):
    """A dense layer without a bias; its weight is (inputs, outputs)."""

    def __init__(self, inputs: int, outputs: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.weight = tf.Variable(tf.zeros((inputs, outputs), dtype))

    def __call__(self, x: Tensor) -> Tensor:
        return tf.matmul(x, self.weight)


class Gate(tf.Module):
    """(x V) * sigmoid(x G)."""

    def __init__(self, *, inputs: int, outputs: int, dtype: tf.DType) -> None:
        super().__init__()
        self.value = Dense(inputs, outputs, dtype=dtype)
        self.gate = Dense(inputs, outputs, dtype=dtype)

    def __call__(self, x: Tensor) -> Tensor:  # (N, inputs)
        return self.value(x) * tf.sigmoid(self.gate(x))  # (N, outputs)
