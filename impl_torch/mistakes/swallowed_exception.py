"""An exception is caught and replaced by zeros."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(9, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = self.hidden(x).relu()
        try:
            return self.output(h)  # mistake
        except Exception:
            return h.sum() + torch.zeros(8, 3)
