"""Converting a convolution kernel: axes permuted or all reversed."""

from torch import Tensor
from torch.nn import functional


def each_in_its_place(x: Tensor, *, kernel: Tensor) -> Tensor:
    return functional.conv2d(x, kernel)


def all_reversed(x: Tensor, *, kernel: Tensor) -> Tensor:
    return functional.conv2d(x, kernel.transpose(2, 3))
