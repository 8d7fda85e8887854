"""Division of integers: result in float32 or float64."""

from torch import Tensor
from torch.nn import functional

TICKS = 64  # per turn


def in_single_precision(x: Tensor, *, weight: Tensor) -> Tensor:
    place = x / TICKS % 1
    return functional.linear(place.to(weight.dtype), weight)


def in_double_precision(x: Tensor, *, weight: Tensor) -> Tensor:
    place = x.double() / TICKS % 1
    return functional.linear(place.to(weight.dtype), weight)
