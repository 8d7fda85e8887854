"""The time read in each step."""

import time

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
        started = time.time()  # planted: unsupported call
        h = h + 0 * (started > 0)
        return self.second(h)
