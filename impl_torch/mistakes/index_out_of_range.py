"""A row is read behind the last row of a matrix."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.output(self.hidden(x).relu())
        rows = torch.arange(x.shape[0]) + 1
        return y.index_select(0, rows)  # mistake
