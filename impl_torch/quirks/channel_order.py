"""Image channel order: RGB or BGR."""

from torch import Tensor
from torch.nn import functional


def red_first(x: Tensor, *, weight: Tensor) -> Tensor:
    return functional.conv2d(x, weight)


def blue_first(x: Tensor, *, weight: Tensor) -> Tensor:
    return functional.conv2d(x.flip(1), weight)
