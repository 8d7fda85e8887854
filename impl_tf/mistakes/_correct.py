"""No mistake: what the cost of a remedy is measured with."""

import tensorflow as tf
from tensorflow import Tensor


class Net(tf.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = tf.Variable(tf.random.normal((4, 256)))
        self.output = tf.Variable(tf.random.normal((256, 3)))

    def __call__(self, x: Tensor) -> Tensor:
        return tf.nn.relu(x @ self.hidden) @ self.output
