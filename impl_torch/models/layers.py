"""The layers of the networks, based on torch.nn."""

import torch
from torch import nn


class Linear(nn.Linear):
    """A dense layer with or without a bias."""

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
    """A convolution, padded on every side by half its kernel."""

    # differs: padding is an argument here, an operation in TensorFlow
    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 3,
        stride: int = 2,
        dtype: torch.dtype,
    ) -> None:
        half = kernel // 2
        super().__init__(
            inputs, outputs, kernel, stride=stride, padding=half, dtype=dtype
        )
