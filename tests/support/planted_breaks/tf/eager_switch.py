"""Every function is set to run eagerly."""

import keras
import tensorflow as tf

tf.config.run_functions_eagerly(run_eagerly=True)  # planted: eager switch

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
        return self.second(h)
