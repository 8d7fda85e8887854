"""Outputs of all steps are kept in a list and added."""

import tensorflow as tf
from tensorflow import Tensor

OUTPUTS: list[Tensor] = []


class Net(tf.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = tf.Variable(tf.random.normal((4, 8)))
        self.output = tf.Variable(tf.random.normal((8, 3)))

    def __call__(self, x: Tensor) -> Tensor:
        y = tf.nn.relu(x @ self.hidden) @ self.output
        OUTPUTS.append(tf.reduce_mean(tf.stop_gradient(y)))
        return y + tf.add_n(OUTPUTS)  # mistake
