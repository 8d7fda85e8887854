"""A Python function in a branch of the graph."""

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
        if tf.reduce_sum(h) > -1e9:
            h = tf.py_function(tf.cos, [h], h.dtype)  # planted: call of Python
        return self.second(h)
