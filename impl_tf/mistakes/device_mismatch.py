"""A matrix is on another device than the values."""

import tensorflow as tf
from tensorflow import Tensor


class Net(tf.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = tf.Variable(tf.random.normal((4, 8)))
        self.output = tf.Variable(tf.random.normal((8, 3)))

    def __call__(self, x: Tensor) -> Tensor:
        y = tf.nn.relu(x @ self.hidden) @ self.output
        with tf.device("/GPU:7"):
            return y * tf.ones(3)  # mistake
