"""Models whose graphs call Python; `fixed` removes one of the calls by hand.

The called functions run operation by operation: the more operations, the more it costs.
"""

import keras
import numpy as np
import tensorflow as tf


def chain(x, length):
    """Return the result of many small operations."""
    for _ in range(length):
        x = tf.sin(x) + 0.5 * x
    return x


def short(x):
    """Run a few operations."""
    return chain(x, 2)


def middle(x):
    """Run more operations."""
    return chain(x, 12)


def long(x):
    """Run many operations."""
    return chain(x, 60)


class Chains(keras.Model):
    """Three functions that are called in Python, and one of NumPy."""

    def __init__(self, fixed=""):
        super().__init__()
        self.fixed = fixed
        self.first = keras.layers.Dense(64)
        self.second = keras.layers.Dense(8)

    def call(self, x):
        """Return the output of a step with up to four calls of Python."""
        y = tf.tanh(self.first(x))
        z = y
        if self.fixed == "middle":
            y = y + middle(z)
        else:
            y = y + tf.py_function(middle, [z], z.dtype)  # break: middle
        if self.fixed == "short":
            y = y + short(z)
        else:
            y = y + tf.py_function(short, [z], z.dtype)  # break: short
        if self.fixed == "square":
            y = y + tf.square(tf.stop_gradient(z))
        else:
            y = y + tf.numpy_function(np.square, [z], z.dtype)  # break: square
        if self.fixed == "long":
            y = y + long(z)
        else:
            y = y + tf.py_function(long, [z], z.dtype)  # break: long
        return self.second(tf.ensure_shape(y, z.shape))


class Inline(keras.Model):
    """Four functions that are called in Python, two of them written in place."""

    def __init__(self, fixed=""):
        super().__init__()
        self.fixed = fixed
        self.first = keras.layers.Dense(64)
        self.second = keras.layers.Dense(8)

    def call(self, x):
        """Return the output of a step with up to four calls of Python."""
        y = tf.tanh(self.first(x))
        z = y
        if self.fixed == "long":
            y = y + long(z)
        else:
            y = y + tf.py_function(long, [z], z.dtype)  # break: long
        if self.fixed == "tanh":
            y = y + tf.tanh(tf.stop_gradient(z))
        else:
            y = y + tf.numpy_function(np.tanh, [z], z.dtype)  # break: tanh
        if self.fixed == "inline":
            y = y + tf.sin(tf.sin(tf.sin(z)))
        else:
            y = y + tf.py_function(  # break: inline
                lambda v: tf.sin(tf.sin(tf.sin(v))), [z], z.dtype
            )
        if self.fixed == "middle":
            y = y + middle(z)
        else:
            y = y + tf.py_function(middle, [z], z.dtype)  # break: middle
        return self.second(tf.ensure_shape(y, z.shape))
