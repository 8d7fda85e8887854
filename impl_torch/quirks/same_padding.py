"""SAME padding at stride 2: symmetric, or bottom and right."""

from torch import Tensor
from torch.nn import functional


def symmetric(x: Tensor, *, weight: Tensor) -> Tensor:
    return functional.conv2d(x, weight, stride=2, padding=1)


def bottom_right(x: Tensor, *, weight: Tensor) -> Tensor:
    x = functional.pad(x, (0, 1, 0, 1))  # left, right, top, bottom
    return functional.conv2d(x, weight, stride=2)
