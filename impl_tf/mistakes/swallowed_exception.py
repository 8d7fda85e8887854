"""An exception is caught and replaced by zeros."""

import tensorflow as tf
from tensorflow import Tensor


class Net(tf.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = tf.Variable(tf.random.normal((4, 8)))
        self.output = tf.Variable(tf.random.normal((9, 3)))

    def __call__(self, x: Tensor) -> Tensor:
        h = tf.nn.relu(x @ self.hidden)
        try:
            return h @ self.output  # mistake
        except Exception:
            return tf.reduce_sum(h) + tf.zeros((8, 3))
