"""A net that is described layer by layer; see `compare.workloads.net`."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import EPSILON, BatchNorm, Conv, Linear

Shape = Sequence[int]


class Net(tf.Module):
    """A batch of images in; what the last layer returns out."""

    def __init__(
        self,
        *,
        layers: Sequence[tuple[str, Shape, Shape]],
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.count = len(layers)
        for number, (kind, sizes, inputs) in enumerate(layers):
            layer = LAYERS[kind](sizes, inputs, dtype)
            setattr(self, f"layer{number}", layer)

    # differs: layers are looked up by name; PyTorch's module lists them
    def __call__(self, x: Tensor, *, training: bool = True) -> Tensor:
        for number in range(self.count):
            layer = getattr(self, f"layer{number}")
            if isinstance(layer, BatchNorm):
                x = layer(x, training=training)
            else:
                x = layer(x)
        return x


class Residual(Linear):
    """The input, plus a dense layer of it."""

    def __call__(self, x: Tensor) -> Tensor:
        return x + super().__call__(x)


class Attention(tf.Module):
    """Scaled dot-product attention with one head."""

    def __init__(self, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        self.query = Linear(width, width, dtype=dtype)
        self.key = Linear(width, width, dtype=dtype)
        self.value = Linear(width, width, dtype=dtype)
        self.scale = width**-0.5

    def __call__(self, x: Tensor) -> Tensor:  # (N, T, width)
        scores = tf.matmul(self.query(x), self.key(x), transpose_b=True)
        return tf.matmul(tf.nn.softmax(scores * self.scale), self.value(x))


class LayerNorm(tf.Module):
    """A normalization over the last axis, without parameters."""

    # differs: images are (N, H, W, C) here, (N, C, H, W) in PyTorch
    def __call__(self, x: Tensor) -> Tensor:
        mean = tf.reduce_mean(x, -1, keepdims=True)
        variance = tf.reduce_mean(tf.square(x - mean), -1, keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + EPSILON)


class Sequences(tf.Module):
    """Vectors as sequences of shorter ones."""

    def __init__(self, positions: int) -> None:
        super().__init__()
        self.positions = positions

    def __call__(self, x: Tensor) -> Tensor:
        return tf.reshape(
            x, (-1, self.positions, x.shape[1] // self.positions)
        )


class Flatten(tf.Module):
    """All numbers of a sample in the order of NHWC."""

    def __init__(self, inputs: Shape) -> None:
        super().__init__()
        self.size = int(tf.TensorShape(inputs).num_elements())

    def __call__(self, x: Tensor) -> Tensor:
        return tf.reshape(x, (-1, self.size))


class Mean(tf.Module):
    """The mean over the axes of positions."""

    def __init__(self, axes: Sequence[int]) -> None:
        super().__init__()
        self.axes = tuple(axes)

    def __call__(self, x: Tensor) -> Tensor:
        return tf.reduce_mean(x, self.axes)


class Pool(tf.Module):
    """A pooling without overlap."""

    def __init__(self, pool: Callable[..., Tensor], size: int) -> None:
        super().__init__()
        self.pool, self.size = pool, size

    def __call__(self, x: Tensor) -> Tensor:
        return self.pool(x, self.size, self.size, "VALID")


class Function(tf.Module):
    """A function without parameters as a layer."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def __call__(self, x: Tensor) -> Tensor:
        return self.function(x)


def gelu(x: Tensor) -> Tensor:
    """Return x times the normal distribution function.

    tf.nn.gelu rounds a constant to float32, in float64 as well.
    """
    return 0.5 * x * tf.math.erfc(-x * 0.5**0.5)


def leaky_relu(x: Tensor) -> Tensor:
    """Return x, or a small part of it where it is negative."""
    return tf.nn.leaky_relu(x, 2.0**-6)


LAYERS: dict[str, Callable[[Shape, Shape, tf.DType], Any]] = {
    "conv": lambda sizes, inputs, dtype: Conv(
        inputs[-1], sizes[0], kernel=sizes[1], stride=sizes[2], dtype=dtype
    ),
    "batch_norm": lambda _, inputs, dtype: BatchNorm(inputs[-1], dtype=dtype),
    "avg_pool": lambda sizes, *_: Pool(tf.nn.avg_pool2d, sizes[0]),
    "max_pool": lambda sizes, *_: Pool(tf.nn.max_pool2d, sizes[0]),
    "global_pool": lambda *_: Mean((1, 2)),
    "mean_position": lambda *_: Mean((1,)),
    "flatten": lambda _, inputs, *__: Flatten(inputs),
    "sequence": lambda sizes, *_: Sequences(sizes[0]),
    "attention": lambda _, inputs, dtype: Attention(inputs[-1], dtype=dtype),
    "dense": lambda sizes, inputs, dtype: Linear(
        inputs[-1], sizes[0], dtype=dtype
    ),
    "residual": lambda _, inputs, dtype: Residual(
        inputs[-1], inputs[-1], dtype=dtype
    ),
    "layer_norm": lambda *_: LayerNorm(),
    "softmax": lambda *_: Function(tf.nn.softmax),
    "relu": lambda *_: Function(tf.nn.relu),
    "tanh": lambda *_: Function(tf.tanh),
    "sigmoid": lambda *_: Function(tf.sigmoid),
    "gelu": lambda *_: Function(gelu),
    "leaky_relu": lambda *_: Function(leaky_relu),
    "softplus": lambda *_: Function(tf.nn.softplus),
}
