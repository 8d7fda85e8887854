"""A global Python dictionary whose entry changes in each call."""

import torch
from torch import nn

STATE = {"calls": 0}


class Net(nn.Module):
    """A small network with one planted break."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 4)

    def forward(self, x):
        """Return the outputs."""
        h = torch.tanh(self.first(x))
        STATE["calls"] = STATE["calls"] + 1  # planted: changed global
        h = h * (1 + 0 * STATE["calls"])
        return self.second(h)
