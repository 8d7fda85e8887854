"""The layers that the networks are made of, as torch.nn has them ready."""

import torch
from torch import nn


class Linear(nn.Linear):
    """A dense layer, with a bias or without."""

    # differs: the weight is (out, in) here, (in, out) in TensorFlow
    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        dtype: torch.dtype,
    ) -> None:
        super().__init__(inputs, outputs, bias=bias, dtype=dtype)


class Conv(nn.Conv2d):
    """A 3x3 convolution of stride 2, one pixel of padding on every side."""

    # differs: padding is an argument here, an operation in TensorFlow
    def __init__(
        self, inputs: int, outputs: int, *, dtype: torch.dtype
    ) -> None:
        super().__init__(inputs, outputs, 3, stride=2, padding=1, dtype=dtype)
