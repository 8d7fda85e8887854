"""A matrix is on another device than the values."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)
        self.scale = torch.ones(3, device="meta")

    def forward(self, x: Tensor) -> Tensor:
        y = self.output(self.hidden(x).relu())
        return y * self.scale  # mistake
