"""A net that is described layer by layer; see `compare.workloads.net`."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from impl_torch.models.layers import EPSILON, BatchNorm, Conv, Linear

Shape = Sequence[int]


class Net(nn.Module):
    """A batch of images in; what the last layer returns out."""

    def __init__(
        self,
        *,
        layers: Sequence[tuple[str, Shape, Shape]],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        for number, (kind, sizes, inputs) in enumerate(layers):
            layer = LAYERS[kind](sizes, inputs, dtype)
            setattr(self, f"layer{number}", layer)

    # differs: a module lists its children in order, TensorFlow's does not
    def forward(self, x: Tensor) -> Tensor:
        for layer in self.children():
            x = layer(x)
        return x


class Residual(Linear):
    """The input, plus a dense layer of it."""

    def forward(self, x: Tensor) -> Tensor:
        return x + functional.linear(x, self.weight, self.bias)


class Attention(nn.Module):
    """Scaled dot-product attention with one head."""

    def __init__(self, width: int, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.query = Linear(width, width, dtype=dtype)
        self.key = Linear(width, width, dtype=dtype)
        self.value = Linear(width, width, dtype=dtype)
        self.scale = width**-0.5

    def forward(self, x: Tensor) -> Tensor:  # (N, T, width)
        scores = self.query(x) @ self.key(x).transpose(1, 2) * self.scale
        return torch.softmax(scores, dim=-1) @ self.value(x)


class LayerNorm(nn.Module):
    """A normalization over the last axis, without parameters."""

    # differs: images are (N, C, H, W) here, (N, H, W, C) in TensorFlow
    def __init__(self, *, axis: int) -> None:
        super().__init__()
        self.axis, self.epsilon = axis, EPSILON

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(self.axis, keepdim=True)
        variance = x.var(self.axis, unbiased=False, keepdim=True)
        return (x - mean) * torch.rsqrt(variance + self.epsilon)


class Sequences(nn.Module):
    """Vectors as sequences of shorter ones."""

    def __init__(self, positions: int) -> None:
        super().__init__()
        self.positions = positions

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], self.positions, -1)


class Flatten(nn.Module):
    """All numbers of a sample in the order of NHWC."""

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 4:
            x = x.permute(0, 2, 3, 1)
        return x.flatten(1)


class Mean(nn.Module):
    """The mean over the axes of positions."""

    def __init__(self, axes: Sequence[int]) -> None:
        super().__init__()
        self.axes = list(axes)

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(self.axes)


def channel_axis(inputs: Shape) -> int:
    """Return the axis of the features of a batch of such samples."""
    return 1 if len(inputs) == 3 else -1


LAYERS: dict[str, Callable[[Shape, Shape, torch.dtype], nn.Module]] = {
    "conv": lambda sizes, inputs, dtype: Conv(
        inputs[-1], sizes[0], kernel=sizes[1], stride=sizes[2], dtype=dtype
    ),
    "batch_norm": lambda _, inputs, dtype: BatchNorm(inputs[-1], dtype=dtype),
    "avg_pool": lambda sizes, *_: nn.AvgPool2d(sizes[0]),
    "max_pool": lambda sizes, *_: nn.MaxPool2d(sizes[0]),
    "global_pool": lambda *_: Mean((2, 3)),
    "mean_position": lambda *_: Mean((1,)),
    "flatten": lambda *_: Flatten(),
    "sequence": lambda sizes, *_: Sequences(sizes[0]),
    "attention": lambda _, inputs, dtype: Attention(inputs[-1], dtype=dtype),
    "dense": lambda sizes, inputs, dtype: Linear(
        inputs[-1], sizes[0], dtype=dtype
    ),
    "residual": lambda _, inputs, dtype: Residual(
        inputs[-1], inputs[-1], dtype=dtype
    ),
    "layer_norm": lambda _, inputs, *__: LayerNorm(axis=channel_axis(inputs)),
    "softmax": lambda _, inputs, *__: nn.Softmax(channel_axis(inputs)),
    "relu": lambda *_: nn.ReLU(),
    "tanh": lambda *_: nn.Tanh(),
    "sigmoid": lambda *_: nn.Sigmoid(),
    "gelu": lambda *_: nn.GELU(),
    "leaky_relu": lambda *_: nn.LeakyReLU(2.0**-6),
    "softplus": lambda *_: nn.Softplus(),
}
