"""The logarithm of a negative number is not a number."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.log(self.hidden(x).relu() - 1e6)  # mistake
        return self.output(h)
