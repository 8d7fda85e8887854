"""Layers from scratch: modules, parameters and weight initialisation."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import conv2d, cross_entropy


# [step: module]
class Module:
    """Base class that finds its parameters and those of its parts."""

    def parameters(self) -> Iterator[Tensor]:
        for value in vars(self).values():
            if isinstance(value, Tensor):
                yield value
            elif isinstance(value, Module):
                yield from value.parameters()


# [step: convolution]
class Convolution(Module):
    """3 x 3 convolution with stride 2, then ReLU; Kaiming initialisation."""

    def __init__(self, inputs: int, outputs: int, normal: Callable) -> None:
        spread = np.sqrt(2 / (9 * inputs))
        kernel = spread * normal(size=(3, 3, inputs, outputs))
        kernel = kernel.transpose(3, 2, 0, 1)  # OIHW
        self.kernel = torch.tensor(kernel, requires_grad=True)

    def __call__(self, x: Tensor) -> Tensor:
        return conv2d(x, self.kernel, stride=2).relu()  # (n, C, H, W)


# [step: linear]
class Linear(Module):
    """Fully connected layer; Xavier initialisation."""

    def __init__(self, inputs: int, outputs: int, normal: Callable) -> None:
        spread = np.sqrt(2 / (inputs + outputs))
        weight = spread * normal(size=(inputs, outputs))
        self.weight = torch.tensor(weight, requires_grad=True)
        self.bias = torch.tensor(np.zeros(outputs), requires_grad=True)

    def __call__(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias  # (n, outputs)


# [step: adaptive pooling]
def pool(x: Tensor, size: int = 2) -> Tensor:
    """Return the means of size x size regions, for any image size."""
    for axis in (2, 3):
        n = x.shape[axis]
        ends = [(i * n // size, -(-(i + 1) * n // size)) for i in range(size)]
        means = [x.narrow(axis, a, b - a).mean(axis) for a, b in ends]
        x = torch.stack(means, axis)
    return x.permute(0, 2, 3, 1).flatten(1)  # (n, size * size * C)


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
    x = torch.tensor(pixels / 16).reshape(-1, 1, 8, 8)  # (n, 1, H, W)
    normal = np.random.default_rng(0).normal
    net = Sequential(Convolution(1, 8, normal), pool, Linear(32, 10, normal))
    logits = net(x)
    loss = cross_entropy(logits, torch.tensor(labels))

    # [step: backward]
    kernel, weight, bias = torch.autograd.grad(loss, [*net.parameters()])
    return {
        "logits": logits.detach(),
        "loss": loss.item(),
        "kernel_gradient": kernel.permute(2, 3, 1, 0),
        "weight_gradient": weight,
        "bias_gradient": bias,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
