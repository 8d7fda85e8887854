"""A matrix in float64 is multiplied with values in float32."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)
        self.scale = torch.eye(3, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:
        y = self.output(self.hidden(x).relu())
        return y @ self.scale  # mistake
