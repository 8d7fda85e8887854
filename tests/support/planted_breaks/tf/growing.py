"""The shape of a loop's variable changes."""

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
        y = h
        for _ in tf.range(2):  # planted: data-dependent shape
            y = tf.concat([y, h], 0)
        h = h + tf.reduce_sum(y)
        return h @ tf.cast(self.second, h.dtype)
