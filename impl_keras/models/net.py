"""A net that is described layer by layer; see `compare.workloads.net`."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers, ops

from impl_keras.layers import EPSILON, BatchNorm, Pad

Shape = Sequence[int]


def net(*, layers: Sequence[tuple[str, Shape, Shape]]) -> keras.Model:
    _, _, shape = layers[0]
    x = inputs = keras.Input(tuple(shape))
    for number, (kind, sizes, given) in enumerate(layers):
        x = LAYERS[kind](x, f"layer{number}", sizes, given)
    return keras.Model(inputs, x)


def conv(x: Any, name: str, sizes: Shape) -> Any:
    """Return a convolution, padded on every side by half its kernel."""
    width, kernel, stride = sizes
    layer = layers.Conv2D(width, kernel, strides=stride, name=name)
    return layer(Pad(kernel)(x))


class Attention(layers.Layer):
    """Scaled dot-product attention with one head."""

    def build(self, shape: Any) -> None:
        self.dense = [
            layers.Dense(shape[-1], use_bias=name != "key", name=name)
            for name in ("query", "key", "value")
        ]
        for each in self.dense:
            each.build(shape)

    def call(self, x: Any) -> Any:  # (N, T, width)
        query, key, value = (each(x) for each in self.dense)
        scores = ops.matmul(query, ops.swapaxes(key, 1, 2))
        return ops.matmul(ops.softmax(scores * x.shape[-1] ** -0.5), value)


class Residual(layers.Layer):
    """A dense layer that is added to its input."""

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight((shape[-1],) * 2, name="kernel")
        self.bias = self.add_weight((shape[-1],), name="bias")

    def call(self, x: Any) -> Any:
        return x + ops.matmul(x, self.kernel) + self.bias


def function(call: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a function without parameters as a layer."""
    return lambda x, name, *_: layers.Lambda(call, name=name)(x)


def activation(kind: str) -> Callable[..., Any]:
    """Return an activation function of Keras as a layer."""
    return lambda x, name, *_: layers.Activation(kind, name=name)(x)


LAYERS: dict[str, Callable[..., Any]] = {
    "conv": lambda x, name, sizes, _: conv(x, name, sizes),
    "batch_norm": lambda x, name, *_: BatchNorm(name=name)(x),
    "avg_pool": lambda x, name, sizes, _: layers.AveragePooling2D(
        sizes[0], name=name
    )(x),
    "max_pool": lambda x, name, sizes, _: layers.MaxPooling2D(
        sizes[0], name=name
    )(x),
    "global_pool": lambda x, name, *_: layers.GlobalAveragePooling2D(
        name=name
    )(x),
    "mean_position": lambda x, name, *_: layers.GlobalAveragePooling1D(
        name=name
    )(x),
    "flatten": lambda x, name, *_: layers.Flatten(name=name)(x),
    "sequence": lambda x, name, sizes, _: layers.Reshape(
        (sizes[0], -1), name=name
    )(x),
    "attention": lambda x, name, *_: Attention(name=name)(x),
    "dense": lambda x, name, sizes, _: layers.Dense(sizes[0], name=name)(x),
    "residual": lambda x, name, *_: Residual(name=name)(x),
    "layer_norm": lambda x, name, *_: layers.LayerNormalization(
        epsilon=EPSILON, center=False, scale=False, name=name
    )(x),
    "softmax": activation("softmax"),
    "relu": activation("relu"),
    "tanh": activation("tanh"),
    "sigmoid": activation("sigmoid"),
    "gelu": function(lambda x: ops.gelu(x, approximate=False)),
    "leaky_relu": lambda x, name, *_: layers.LeakyReLU(
        negative_slope=2.0**-6, name=name
    )(x),
    "softplus": activation("softplus"),
}
