"""A Python loop that ends by a tensor's value."""

import torch
from torch import nn


class Net(nn.Module):
    """A small network with one planted break."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 4)

    def forward(self, x):
        """Return the outputs."""
        h = torch.tanh(self.first(x))
        while h.square().sum() > 1:  # planted: value branch
            h = h / 2
        return self.second(h)
