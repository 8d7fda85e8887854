"""The model of the workload in PyTorch."""

import torch
from torch import Tensor, nn


class Gate(nn.Module):
    """(x V) * sigmoid(x G)."""

    def __init__(self, *, inputs: int, outputs: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.value = nn.Linear(inputs, outputs, bias=False, dtype=dtype)
        self.gate = nn.Linear(inputs, outputs, bias=False, dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs)
        return self.value(x) * torch.sigmoid(self.gate(x))  # (N, outputs)
