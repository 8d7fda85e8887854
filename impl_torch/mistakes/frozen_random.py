"""A random number is drawn by Python."""

import random

from torch import Tensor, nn

CALLS: list[float] = []


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        noise = random.random()  # mistake
        CALLS.append(noise)
        return self.output(self.hidden(x).relu()) + noise
