"""A Python list that grows in each call."""

import torch
from torch import nn


class Net(nn.Module):
    """A small network with one planted break."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 4)
        self.history = []

    def forward(self, x):
        """Return the outputs."""
        h = torch.tanh(self.first(x))
        h = h + 0 * len(self.history)  # planted: changed attribute
        self.history.append(1)
        return self.second(h)
