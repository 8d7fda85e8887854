"""The layers of the networks, based on torch.nn."""

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 2.0**-10  # added to a variance
NEW_SHARE = 0.125  # weight of a new batch in running statistics


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
    def __init__(  # noqa: PLR0913 - each may be set
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 3,
        stride: int = 2,
        bias: bool = True,
        dtype: torch.dtype,
    ) -> None:
        super().__init__(
            inputs,
            outputs,
            kernel,
            stride=stride,
            padding=kernel // 2,
            bias=bias,
            dtype=dtype,
        )


class BatchNorm(nn.BatchNorm2d):
    """A normalization of each channel by the statistics of its batch.

    Outside training, it uses running statistics instead.
    """

    # differs: it stores the unbiased variance; written out in TensorFlow
    def __init__(self, channels: int, *, dtype: torch.dtype) -> None:
        super().__init__(
            channels, eps=EPSILON, momentum=NEW_SHARE, dtype=dtype
        )


class Embedding(nn.Module):
    """A table with one row for each token."""

    # differs: the library's layer would name its table a weight
    def __init__(self, tokens: int, width: int, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(tokens, width, dtype=dtype))

    def forward(self, tokens: Tensor) -> Tensor:  # (N, T)
        return functional.embedding(tokens, self.table)  # (N, T, width)
