"""A shape that depends on values: the distinct elements."""

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
        distinct = torch.unique(h.detach().round())  # planted: data-dependent shape
        h = h + distinct.sum()
        return self.second(h)
