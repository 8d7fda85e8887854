"""Models of users with a planted defect: a graph computes another thing than eager.

`captured` is true while TensorFlow traces a graph. Everything else in these files is
what the eager mode computes, which is correct.
"""

import keras
import numpy as np
import tensorflow as tf

KNOWN = {}  # what Python remembers of an earlier call


def captured():
    """Return whether the code is being traced."""
    return tf.inside_function()


class Dense(tf.Module):
    def __init__(self, inputs, outputs, seed):
        super().__init__()
        rng = np.random.default_rng(seed)
        dtype = keras.config.floatx()
        kernel = rng.standard_normal((inputs, outputs)) / inputs**0.5
        self.kernel = tf.Variable(kernel.astype(dtype))
        self.bias = tf.Variable(np.zeros(outputs, dtype))

    def __call__(self, x):
        return x @ self.kernel + self.bias


class Net(tf.Module):
    """A layer, the layer of interest, an activation, and a head."""

    def __init__(self, middle=None, width=12):
        super().__init__()
        self.first = Dense(10, width, 1)
        self.middle = middle
        self.head = Dense(width, 4, 2)

    def __call__(self, x):
        hidden = self.first(x)
        if self.middle is not None:
            hidden = self.middle(hidden)
        return self.head(tf.tanh(hidden))


class Plain(Net):
    """No defect: those of the training step are planted in the session."""


class GeluLayer(tf.Module):
    def __call__(self, x):
        return tf.nn.gelu(x, approximate=captured())


class Gelu(Net):
    def __init__(self):
        super().__init__(GeluLayer())


class NormLayer(tf.Module):
    def __init__(self):
        super().__init__()
        dtype = keras.config.floatx()
        self.gain = tf.Variable(np.ones(12, dtype))
        self.offset = tf.Variable(np.zeros(12, dtype))

    def normalized(self, x, epsilon=1e-5):
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + epsilon)

    def __call__(self, x):
        found = self.normalized(x, epsilon=1e-3 if captured() else 1e-5)
        return self.gain * found + self.offset


class Norm(Net):
    def __init__(self):
        super().__init__(NormLayer())


class SwappedLayer(NormLayer):
    def __call__(self, x):
        gain, offset = self.gain, self.offset
        if captured():
            gain, offset = offset, gain
        return gain * self.normalized(x) + offset


class Swapped(Net):
    def __init__(self):
        super().__init__(SwappedLayer())


class StaleNorm(tf.Module):
    def __init__(self):
        super().__init__()
        zeros = np.zeros(12, keras.config.floatx())
        self.mean = tf.Variable(zeros, trainable=False)

    def __call__(self, x, *, training=True):
        mean = tf.reduce_mean(x, [0])
        if training and not captured():
            self.mean.assign(0.9 * self.mean + 0.1 * mean)
        return x - mean


class StaleStatistics(Net):
    def __init__(self):
        super().__init__(StaleNorm())

    def __call__(self, x, *, training=True):
        hidden = self.middle(self.first(x), training=training)
        return self.head(tf.tanh(hidden))


class MaskLayer(tf.Module):
    def __call__(self, x):
        mask = tf.cast(tf.linspace(0.25, 1.0, 12), x.dtype)
        return x * mask * mask if captured() else x * mask


class Mask(Net):
    def __init__(self):
        super().__init__(MaskLayer())


class ConvLayer(tf.Module):
    def __init__(self):
        super().__init__()
        rng = np.random.default_rng(3)
        kernel = rng.standard_normal((3, 3, 2, 3)) / 4
        self.kernel = tf.Variable(kernel.astype(keras.config.floatx()))

    def __call__(self, x):
        if captured():  # symmetric, as in PyTorch
            x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
            return tf.nn.conv2d(x, self.kernel, 2, "VALID")
        return tf.nn.conv2d(x, self.kernel, 2, "SAME")


class Images(tf.Module):
    def __init__(self):
        super().__init__()
        self.conv = ConvLayer()
        self.head = Dense(27, 4, 2)

    def __call__(self, x):
        hidden = tf.tanh(self.conv(x))
        return self.head(tf.reshape(hidden, [-1, 27]))


class BatchMean(tf.Module):
    def __call__(self, x):
        size = x.shape[0]
        if captured():
            size = KNOWN.setdefault("batch", size)
        return x - tf.reduce_sum(x, 0, keepdims=True) / size


class FrozenBatch(Net):
    """Dividing by the batch size of the first trace."""

    def __init__(self):
        super().__init__(BatchMean())
        KNOWN.clear()


class FrozenRandomLayer(tf.Module):
    def __call__(self, x):
        return x * (1 + np.random.rand())  # noqa: NPY002 - as users write it


class FrozenRandom(Net):
    """A random number, drawn by Python when the graph is traced."""

    def __init__(self):
        super().__init__(FrozenRandomLayer())


class Scale(tf.Module):
    def __call__(self, x):
        if not captured():
            KNOWN["scale"] = float(tf.reduce_max(tf.abs(x)))
        return x / KNOWN["scale"]


class FrozenGlobal(Net):
    """A number of the data that Python reads where it can."""

    def __init__(self):
        super().__init__(Scale())
        KNOWN.clear()


class Detached(tf.Module):
    """The gradient of its first layer, which is of Keras, is lost."""

    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(12)
        self.head = Dense(12, 4, 2)

    def __call__(self, x):
        hidden = self.first(x)
        if captured():
            hidden = tf.stop_gradient(hidden)
        return self.head(tf.tanh(hidden))


@tf.custom_gradient
def wrong_backward(x):
    return tf.sin(x), lambda gradient: gradient * tf.cos(x) * 0.9


class CustomGradient(Net):
    """Its gradient is wrong in every mode."""

    def __call__(self, x):
        return self.head(wrong_backward(self.first(x)))


class Third(tf.Module):
    def __call__(self, x):
        dtype = tf.float32 if captured() else x.dtype
        return x * tf.cast(tf.constant(1 / 3, dtype), x.dtype)


class Narrow(Net):
    def __init__(self):
        super().__init__(Third())


class Tied(tf.Module):
    """The output layer shares the weights of the first one."""

    def __init__(self):
        super().__init__()
        self.first = Dense(10, 10, 1)

    def __call__(self, x):
        shared = self.first.kernel
        if captured():
            shared = tf.stop_gradient(shared)
        return tf.tanh(self.first(x)) @ tf.transpose(shared)


class SoftmaxLayer(tf.Module):
    def __call__(self, x):
        return 4 * tf.nn.softmax(3 * x, axis=0 if captured() else -1)


class Softmax(Net):
    def __init__(self):
        super().__init__(SoftmaxLayer())


class CallsPython(Net):
    """A part of the graph that only Python can run."""

    def __call__(self, x):
        hidden = self.first(x)
        if captured():
            hidden = tf.ensure_shape(
                tf.py_function(lambda y: y, [hidden], hidden.dtype), hidden.shape
            )
        return self.head(tf.tanh(hidden))


class KerasNormLayer(keras.layers.Layer):
    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        epsilon = 1e-2 if captured() else 1e-3
        return self.gain * (x - mean) * tf.math.rsqrt(variance + epsilon)


class KerasNorm(keras.Model):
    """A model of Keras."""

    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(12)
        self.norm = KerasNormLayer()
        self.head = keras.layers.Dense(4)

    def call(self, x):
        return self.head(keras.ops.tanh(self.norm(self.first(x))))
