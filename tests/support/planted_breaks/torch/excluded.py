"""A function that is excluded from compilation."""

import torch
from torch import nn


@torch.compiler.disable
def double(x):
    """Return twice a tensor, outside of graphs."""
    return x * 2


class Net(nn.Module):
    """A small network with one planted break."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 4)

    def forward(self, x):
        """Return the outputs."""
        h = torch.tanh(self.first(x))
        h = double(h)  # planted: excluded function
        return self.second(h)
