"""A random number is drawn by Python."""

import random

import tensorflow as tf
from tensorflow import Tensor

CALLS: list[float] = []


class Net(tf.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = tf.Variable(tf.random.normal((4, 8)))
        self.output = tf.Variable(tf.random.normal((8, 3)))

    def __call__(self, x: Tensor) -> Tensor:
        noise = random.random()  # mistake
        CALLS.append(noise)
        return tf.nn.relu(x @ self.hidden) @ self.output + noise
