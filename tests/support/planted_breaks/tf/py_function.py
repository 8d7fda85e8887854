"""A Python function called by the graph."""

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
        y = tf.py_function(tf.sin, [h], h.dtype)  # planted: call of Python
        h = tf.reshape(y, tf.shape(h))
        h.set_shape(x.shape)
        return self.second(h)
