"""A Python function in a loop of the graph."""

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
        for _ in tf.range(2):
            y = tf.py_function(tf.sin, [h], h.dtype)  # planted: call of Python
            h = tf.ensure_shape(y, h.shape)
        return h @ tf.cast(self.second, h.dtype)
