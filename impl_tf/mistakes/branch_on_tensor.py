"""Python chooses a branch by the value of a tensor."""

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
        if tf.reduce_sum(x) > 0:  # mistake
            y = y * 2
        return y
