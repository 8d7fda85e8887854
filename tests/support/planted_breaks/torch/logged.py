"""A message logged in each step."""

import logging

import torch
from torch import nn

LOG = logging.getLogger("planted")


class Net(nn.Module):
    """A small network with one planted break."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 4)

    def forward(self, x):
        """Return the outputs."""
        h = torch.tanh(self.first(x))
        LOG.warning("step of shape %s", h.shape)  # planted: output
        return self.second(h)
