"""A matrix in float64 is multiplied with values in float32."""

import tensorflow as tf
from tensorflow import Tensor


class Net(tf.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = tf.Variable(tf.random.normal((4, 8)))
        self.output = tf.Variable(tf.random.normal((8, 3)))
        self.scale = tf.eye(3, dtype=tf.float64)

    def __call__(self, x: Tensor) -> Tensor:
        y = tf.nn.relu(x @ self.hidden) @ self.output
        return y @ self.scale  # mistake
