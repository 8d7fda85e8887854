"""A parameter is created in the forward pass, so a new one in each call."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        scale = nn.Parameter(torch.ones(3))  # mistake
        return self.output(self.hidden(x).relu()) * scale
