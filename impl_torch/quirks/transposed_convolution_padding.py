"""Transposed convolution at stride 2: first or last row cropped."""

from torch import Tensor
from torch.nn import functional


def first_cropped(x: Tensor, *, weight: Tensor) -> Tensor:
    return functional.conv_transpose2d(
        x, weight, stride=2, padding=1, output_padding=1
    )


def last_cropped(x: Tensor, *, weight: Tensor) -> Tensor:
    x = functional.conv_transpose2d(x, weight, stride=2)
    return x[:, :, :-1, :-1]
