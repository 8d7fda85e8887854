"""Two branches return values of different dtypes."""

import tensorflow as tf

example_inputs = tf.ones((4, 8))


class Net(tf.Module):
    """A small network with one planted break."""

    def __init__(self):
        super().__init__()
        self.first = tf.Variable(tf.random.normal((8, 8)))
        self.second = tf.Variable(tf.random.normal((8, 4)))

    def __call__(self, x):
        """Return the outputs."""
        h = tf.tanh(x @ tf.cast(self.first, x.dtype))
        if tf.reduce_sum(h) > 0:  # planted: dtype
            y, n = tf.constant(1), 1.0
        else:
            y, n = tf.constant(1.0, tf.float64), 2.0
        h = h + n * tf.cast(y, h.dtype)
        return h @ tf.cast(self.second, h.dtype)
