"""A scale and one layer, in one spelling of a quirk."""

from collections.abc import Mapping, Sequence

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.layout import native_shape
from impl_tf.quirks import spelled


class Quirk(tf.Module):
    """The network in which the spellings of a layer are compared."""

    def __init__(
        self,
        *,
        layer: str,
        shapes: Mapping[str, Sequence[int]],
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        made: dict[str, dict[str, tf.Variable]] = {"scale": {}, "layer": {}}
        for path, shape in shapes.items():
            module, name = path.split(".")
            empty = tf.zeros(native_shape(name, shape), dtype)
            made[module][name] = tf.Variable(empty)
        self.scale = Scale(**made["scale"])
        self.layer = Spelled(layer, made["layer"])

    def __call__(self, x: Tensor) -> Tensor:
        return self.layer(self.scale(x))


class Scale(tf.Module):
    """Multiplies each channel by a factor, if there are factors."""

    def __init__(self, factor: tf.Variable | None = None) -> None:
        super().__init__()
        self.factor = factor

    # differs: the channels of an image are the last axis here, 1 in PyTorch
    def __call__(self, x: Tensor) -> Tensor:
        return x if self.factor is None else x * self.factor


class Spelled(tf.Module):
    """One spelling of a layer, or a dense layer by default."""

    def __init__(
        self, layer: str, parameters: Mapping[str, tf.Variable]
    ) -> None:
        super().__init__()
        for name, parameter in parameters.items():
            setattr(self, name, parameter)
        self.names = tuple(parameters)
        self.function = spelled(layer) if layer else dense

    def __call__(self, x: Tensor) -> Tensor:
        own = {name: getattr(self, name) for name in self.names}
        return self.function(x, **own)


def dense(x: Tensor, *, weight: Tensor, bias: Tensor) -> Tensor:
    """Return a dense layer, trained with a spelled loss or optimizer."""
    return tf.nn.bias_add(tf.matmul(x, weight), bias)
