"""The second layer expects another number of inputs."""

import tensorflow as tf
from tensorflow import Tensor


class Net(tf.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = tf.Variable(tf.random.normal((4, 8)))
        self.output = tf.Variable(tf.random.normal((9, 3)))

    def __call__(self, x: Tensor) -> Tensor:
        return tf.nn.relu(x @ self.hidden) @ self.output  # mistake
