"""Layers from scratch: modules, parameters and weight initialisation."""

from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import Tensor, Variable
from tensorflow.nn import conv2d


# [step: module]
class Module:
    """Base class that finds its parameters and those of its parts."""

    def parameters(self) -> Iterator[Variable]:
        for value in vars(self).values():
            if isinstance(value, Variable):
                yield value
            elif isinstance(value, Module):
                yield from value.parameters()


# [step: convolution]
class Convolution(Module):
    """3 x 3 convolution with stride 2, then ReLU; Kaiming initialisation."""

    def __init__(self, inputs: int, outputs: int, normal: Callable) -> None:
        spread = np.sqrt(2 / (9 * inputs))
        kernel = spread * normal(size=(3, 3, inputs, outputs))
        self.kernel = Variable(kernel)  # HWIO

    def __call__(self, x: Tensor) -> Tensor:
        return tf.nn.relu(conv2d(x, self.kernel, 2, "VALID"))  # (n, H, W, C)


# [step: linear]
class Linear(Module):
    """Fully connected layer; Xavier initialisation."""

    def __init__(self, inputs: int, outputs: int, normal: Callable) -> None:
        spread = np.sqrt(2 / (inputs + outputs))
        weight = spread * normal(size=(inputs, outputs))
        self.weight = Variable(weight)
        self.bias = Variable(np.zeros(outputs))

    def __call__(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias  # (n, outputs)


# [step: adaptive pooling]
def pool(x: Tensor, size: int = 2) -> Tensor:
    """Return the means of size x size regions, for any image size."""
    for axis in (1, 2):
        n = x.shape[axis]
        ends = [(i * n // size, -(-(i + 1) * n // size)) for i in range(size)]
        parts = [tf.gather(x, range(*end), axis=axis) for end in ends]
        x = tf.stack([tf.reduce_mean(part, axis) for part in parts], axis)
    return tf.reshape(x, (len(x), -1))  # (n, size * size * C)


# [step: sequential]
class Sequential(Module):
    """Calls its parts in order; each is an attribute named by its number."""

    def __init__(self, *parts: Callable[[Tensor], Tensor]) -> None:
        for number, part in enumerate(parts):
            setattr(self, str(number), part)

    def __call__(self, x: Tensor) -> Tensor:
        for part in vars(self).values():
            x = part(x)
        return x


# [step: forward]
def main() -> dict[str, object]:
    """Return logits, loss and gradients of all digits at once."""
    pixels, labels = load_digits(return_X_y=True)
    x = tf.reshape(pixels / 16, (-1, 8, 8, 1))  # (n, H, W, 1)
    normal = np.random.default_rng(0).normal
    net = Sequential(Convolution(1, 8, normal), pool, Linear(32, 10, normal))
    with tf.GradientTape() as tape:
        logits = net(x)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(losses)

    # [step: backward]
    kernel, weight, bias = tape.gradient(loss, [*net.parameters()])
    return {
        "logits": logits,
        "loss": loss,
        "kernel_gradient": kernel,
        "weight_gradient": weight,
        "bias_gradient": bias,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
