"""A row is read behind the last row of a matrix."""

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
        rows = tf.range(tf.shape(x)[0]) + 1
        return tf.gather(y, rows)  # mistake
