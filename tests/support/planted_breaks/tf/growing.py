"""The shape of a loop's variable changes."""

import keras
import tensorflow as tf

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
        y = h
        for _ in tf.range(2):  # planted: data-dependent shape
            y = tf.concat([y, h], 0)
        h = h + tf.reduce_sum(y)
        return self.second(h)
