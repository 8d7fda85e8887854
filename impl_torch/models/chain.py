"""A chain of multiplications, between a trained scale and a trained shift."""

import torch
from torch import Tensor, nn


class Chain(nn.Module):
    """A batch of vectors and the factors in, a batch of vectors out."""

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

    def forward(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, factors = inputs  # (N, width), (width,)
        x = self.scale(x)
        for _ in range(self.operations):
            x = x * factors
        return self.shift(x)  # (N, width)


class Scale(nn.Module):
    """A factor for each column."""

    def __init__(self, width: int, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:  # (N, width)
        return x * self.weight


class Shift(nn.Module):
    """A term for each column."""

    def __init__(self, width: int, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(width, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:  # (N, width)
        return x + self.bias
