"""Max pooling at stride 2: padding=1 or SAME padding."""

from torch import Tensor
from torch.nn import functional


def symmetric(x: Tensor) -> Tensor:
    return functional.max_pool2d(x, 3, stride=2, padding=1)


def bottom_right(x: Tensor) -> Tensor:
    # left, right, top, bottom
    x = functional.pad(x, (0, 1, 0, 1), value=float("-inf"))
    return functional.max_pool2d(x, 3, stride=2)
