"""Average pooling with padding: zeros included in the average or not."""

from torch import Tensor
from torch.nn import functional


def padding_counted(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 3, stride=1, padding=1)


def pixels_counted(x: Tensor) -> Tensor:
    return functional.avg_pool2d(
        x, 3, stride=1, padding=1, count_include_pad=False
    )
