"""A Python branch on a tensor's value that AutoGraph does not convert."""

import keras
import tensorflow as tf


@tf.autograph.experimental.do_not_convert
def function(x):
    """Return a value of the same shape."""
    if tf.reduce_sum(x) > 0:  # planted: value branch
        return x * 2
    return x


example_inputs = tf.ones((4, 8))


class Net(keras.Model):
    """A small network with one planted break."""

    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(8)
        self.second = keras.layers.Dense(4)

    def call(self, x):
        """Return the outputs."""
        h = tf.tanh(self.first(x))
        h = function(h)
        return self.second(h)
