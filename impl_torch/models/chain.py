"""Multiplications and subtractions in turn, between a gain and an offset."""

import torch
from torch import Tensor, nn


class Chain(nn.Module):
    """Vectors with their factors and terms in, a batch of vectors out."""

    def __init__(
        self,
        *,
        operations: int,
        width: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.operations = operations
        self.scale = Scale(width, dtype=dtype)
        self.shift = Shift(width, dtype=dtype)

    def forward(self, inputs: Tensor) -> Tensor:  # (N, 4, width)
        # differs: arrays are copied first, as unstacking does there
        arrays = inputs.transpose(0, 1).contiguous()
        x, factors, others, terms = arrays.unbind(0)  # (N, width) each
        x = self.scale(x)
        for _ in range(self.operations // 2):
            x = x * factors
            x = terms - x
            factors, others = others, factors
        if self.operations % 2 == 1:
            x = x * factors
        return self.shift(x)  # (N, width)


class Scale(nn.Module):
    """A factor for each column."""

    def __init__(self, width: int, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(width, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:  # (N, width)
        return x * self.gain


class Shift(nn.Module):
    """A term for each column."""

    def __init__(self, width: int, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(width, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:  # (N, width)
        return x + self.offset
