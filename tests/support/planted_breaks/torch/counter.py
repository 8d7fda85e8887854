"""A Python counter that changes in each call."""

import torch
from torch import nn


class Net(nn.Module):
    """A small network with one planted break."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 4)
        self.count = 0

    def forward(self, x):
        """Return the outputs."""
        h = torch.tanh(self.first(x))
        self.count += 1  # planted: changed attribute
        h = h * (1 + 0 * self.count)
        return self.second(h)
