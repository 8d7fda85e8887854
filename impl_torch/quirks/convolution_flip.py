"""Convolution or cross-correlation: kernel rotated by 180 degrees or not."""

from torch import Tensor
from torch.nn import functional


def cross_correlation(x: Tensor, *, weight: Tensor) -> Tensor:
    return functional.conv2d(x, weight)


def convolution(x: Tensor, *, weight: Tensor) -> Tensor:
    return functional.conv2d(x, weight.flip(2, 3))
