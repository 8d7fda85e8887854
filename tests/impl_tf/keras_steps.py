"""One training step of a Keras layer, by name, in a dtype."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from keras import layers

# Keras keeps Python numbers in float32: powers of two are exact in every dtype.
EPSILON = 2.0**-10
RATE = 2.0**-4

IMAGE = (4, 9, 9, 4)
SEQUENCE = (4, 7, 6)
ROWS = (16, 24)

# Name -> the layer, and the shape of its input.
LAYERS = {
    "dense": (lambda: layers.Dense(12), ROWS),
    "dense, gelu": (lambda: layers.Dense(12, activation="gelu"), ROWS),
    "dense, silu": (lambda: layers.Dense(12, activation="silu"), ROWS),
    "dense, tanh": (lambda: layers.Dense(12, activation="tanh"), ROWS),
    "dense, relu": (lambda: layers.Dense(12, activation="relu"), ROWS),
    "dense, sigmoid": (lambda: layers.Dense(12, activation="sigmoid"), ROWS),
    "dense, softplus": (lambda: layers.Dense(12, activation="softplus"), ROWS),
    "dense, elu": (lambda: layers.Dense(12, activation="elu"), ROWS),
    "dense, softmax": (lambda: layers.Dense(12, activation="softmax"), ROWS),
    "dense, log softmax": (lambda: layers.Dense(12, activation="log_softmax"), ROWS),
    "convolution": (lambda: layers.Conv2D(8, 3), IMAGE),
    "convolution, strides": (
        lambda: layers.Conv2D(8, 3, strides=2, padding="same"),
        IMAGE,
    ),
    "convolution, groups": (lambda: layers.Conv2D(8, 3, groups=2), IMAGE),
    "convolution, dilation": (lambda: layers.Conv2D(8, 3, dilation_rate=2), IMAGE),
    "convolution, one axis": (lambda: layers.Conv1D(8, 3), SEQUENCE),
    "convolution, three axes": (lambda: layers.Conv3D(4, 3), (2, 6, 6, 6, 3)),
    "transposed convolution": (
        lambda: layers.Conv2DTranspose(8, 3, strides=2),
        IMAGE,
    ),
    "depthwise convolution": (lambda: layers.DepthwiseConv2D(3), IMAGE),
    "batch normalization": (
        lambda: layers.BatchNormalization(momentum=0.5, epsilon=EPSILON),
        IMAGE,
    ),
    "layer normalization": (
        lambda: layers.LayerNormalization(epsilon=EPSILON),
        ROWS,
    ),
    "group normalization": (
        lambda: layers.GroupNormalization(groups=2, epsilon=EPSILON),
        IMAGE,
    ),
    "unit normalization": (layers.UnitNormalization, ROWS),
    "parametric relu": (layers.PReLU, ROWS),
    "embedding": (lambda: layers.Embedding(10, 6), (4, 7)),
    "lstm": (lambda: layers.LSTM(5), SEQUENCE),
    "gru": (lambda: layers.GRU(5), SEQUENCE),
    "bidirectional gru": (lambda: layers.Bidirectional(layers.GRU(3)), SEQUENCE),
    "simple rnn": (lambda: layers.SimpleRNN(5), SEQUENCE),
    "average pooling": (lambda: layers.AveragePooling2D(2), IMAGE),
    "maximum pooling": (lambda: layers.MaxPooling2D(3, strides=2), IMAGE),
    "global pooling": (layers.GlobalAveragePooling2D, IMAGE),
    "upsampling": (lambda: layers.UpSampling2D(2), IMAGE),
    "attention": (lambda: Attention(2, 4), SEQUENCE),
}


class Attention(layers.MultiHeadAttention):
    """Attention of a sequence to itself."""

    def call(self, inputs, **options):
        return super().call(inputs, inputs, **options)

    def build(self, shape):
        super().build(shape, shape)


def mean_square(outputs, targets):
    return tf.reduce_mean(tf.square(outputs - targets))


def cross_entropy(outputs, targets):
    labels = tf.argmax(targets, axis=-1)
    each = keras.losses.sparse_categorical_crossentropy(
        labels, outputs, from_logits=True
    )
    return tf.reduce_mean(each)


def dense_cross_entropy(outputs, targets):
    labels = tf.cast(tf.one_hot(tf.argmax(targets, axis=-1), 12), outputs.dtype)
    each = keras.losses.categorical_crossentropy(labels, outputs, from_logits=True)
    return tf.reduce_mean(each)


def squared_error(outputs, targets):
    return tf.reduce_mean(keras.losses.mean_squared_error(targets, outputs))


LOSSES = {
    "sparse cross-entropy": cross_entropy,
    "cross-entropy": dense_cross_entropy,
    "mean squared error": squared_error,
}
OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(RATE),
    "momentum": lambda: keras.optimizers.SGD(RATE, momentum=0.5),
    "adam": lambda: keras.optimizers.Adam(
        RATE, beta_1=0.5, beta_2=0.75, epsilon=EPSILON
    ),
    "clipped": lambda: keras.optimizers.SGD(RATE, global_clipnorm=RATE),
    "rmsprop": lambda: keras.optimizers.RMSprop(RATE, rho=0.5, epsilon=EPSILON),
}
CASES = (
    *LAYERS,
    "batch normalization, inference",
    *LOSSES,
    *(name for name in OPTIMIZERS if name != "sgd"),
    "embedding, adam",
)


class Step:
    """A training step of a case, with numbers that float32 represents."""

    def __init__(self, case: str, *, dtype: str, make=None) -> None:
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)  # the default was float32 at first
        keras.utils.set_random_seed(1)
        name = case.removesuffix(", inference").removesuffix(", adam")
        layer, shape = LAYERS.get(name, LAYERS["dense"])
        self.training = not case.endswith("inference")
        self.layer = (make or layer)()
        self.loss = LOSSES.get(case, mean_square)
        optimizer = case.removeprefix("embedding, ")
        self.optimizer = OPTIMIZERS.get(optimizer, OPTIMIZERS["sgd"])()
        rng = np.random.default_rng(2)
        inputs = rng.standard_normal(shape).astype("float32")
        if name == "embedding":
            self.inputs = tf.constant(rng.integers(0, 10, shape))
        else:
            self.inputs = tf.constant(inputs.astype(dtype))
        outputs = self.layer(self.inputs)
        targets = rng.standard_normal(outputs.shape).astype("float32")
        self.targets = tf.constant(targets.astype(dtype))
        self.first = [self._near(value, rng) for value in self.layer.get_weights()]
        self.parameters = self.layer.trainable_variables
        self.optimizer.build(self.parameters)
        self.memory = [v.numpy() for v in self.optimizer.variables]

    @staticmethod
    def _near(value, rng):
        """Return values that are neither all 0 nor all 1, as biases start."""
        if value.dtype.kind != "f":
            return value
        drawn = rng.standard_normal(value.shape).astype("float32")
        if np.unique(value).size == 1:
            return (value + np.abs(drawn) / 4).astype("float32")
        return drawn / np.float32(np.sqrt(max(1, value.shape[0])))

    def compute(self, inputs, targets):
        watched = [variable.value for variable in self.parameters]
        is_real = inputs.dtype.is_floating
        with tf.GradientTape() as tape:
            if is_real:
                tape.watch(inputs)
            outputs = self.layer(inputs, training=self.training)
            loss = self.loss(outputs, targets)
        wanted = [*watched, inputs] if is_real else watched
        gradients = tape.gradient(loss, wanted)
        if watched:
            pairs = zip(gradients[: len(watched)], self.parameters, strict=True)
            self.optimizer.apply_gradients(pairs)
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return outputs, loss, dense

    def run(self, compute=None):
        """Run the step from its start; return every tensor by name."""
        self.layer.set_weights(self.first)
        for variable, value in zip(self.optimizer.variables, self.memory, strict=True):
            variable.assign(value)
        outputs, loss, gradients = (compute or self.compute)(self.inputs, self.targets)
        found = {"output": outputs, "loss": loss}
        found |= {f"gradient {n}": g for n, g in enumerate(gradients)}
        found |= {f"parameter {n}": v for n, v in enumerate(self.layer.weights)}
        return {name: np.array(value, dtype="float64") for name, value in found.items()}
