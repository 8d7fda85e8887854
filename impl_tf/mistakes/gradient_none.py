"""The first layer is cut off from the loss, so it gets no gradient."""

import tensorflow as tf
from tensorflow import Tensor


class Net(tf.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = tf.Variable(tf.random.normal((4, 8)))
        self.output = tf.Variable(tf.random.normal((8, 3)))

    def __call__(self, x: Tensor) -> Tensor:
        h = tf.stop_gradient(tf.nn.relu(x @ self.hidden))  # mistake
        return h @ self.output
