"""Modules that the program of a batch puts in an order, and a linear head."""

import torch
from torch import Tensor, nn

from impl_torch.models.layers import Linear


class Modular(nn.Module):
    """A batch of vectors and its program in, a batch of vectors out."""

    def __init__(
        self,
        *,
        width: int,
        outputs: int,
        modules: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.bank = Bank(modules, width, dtype=dtype)
        self.head = Linear(width, outputs, dtype=dtype)

    def forward(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, program = inputs  # (N, width), (depth,)
        return self.head(self.bank(x, program))  # (N, outputs)


class Bank(nn.Module):
    """Dense layers with tanh, stacked, so that a number selects a layer."""

    # differs: indexing a parameter here; gathering from a variable there
    def __init__(
        self, modules: int, width: int, *, dtype: torch.dtype
    ) -> None:
        super().__init__()
        shape = (modules, width, width)  # each is (in, out)
        self.weights = nn.Parameter(torch.zeros(shape, dtype=dtype))
        self.biases = nn.Parameter(torch.zeros(shape[:2], dtype=dtype))

    def forward(self, x: Tensor, program: Tensor) -> Tensor:
        # A graph must not contain the program: it serves every batch.
        weights = self.weights[program]  # (depth, width, width)
        biases = self.biases[program]  # (depth, width)
        for place in range(program.shape[0]):
            x = torch.tanh(x @ weights[place] + biases[place])  # (N, width)
        return x
