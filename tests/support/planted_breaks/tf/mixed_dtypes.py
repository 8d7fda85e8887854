"""Two branches return values of different dtypes."""

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
        if tf.reduce_sum(h) > 0:  # planted: dtype
            y = tf.constant(1)
        else:
            y = tf.constant(1.0, tf.float64)
        h = h + tf.cast(y, h.dtype)
        return self.second(h)
