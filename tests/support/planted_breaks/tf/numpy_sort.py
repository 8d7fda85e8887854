"""A sort by NumPy called by the graph."""

import keras
import numpy as np
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
        frozen = tf.stop_gradient(h)
        y = tf.numpy_function(np.sort, [frozen], h.dtype)  # planted: call of Python
        h = h + tf.reshape(y, tf.shape(h))
        return self.second(h)
