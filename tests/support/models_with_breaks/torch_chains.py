"""Models with graph breaks of different prices; `fixed` removes one of them by hand.

Between the breaks, chains of small operations cost more outside the graph, where they
are not fused, the longer they are.
"""

import torch
from torch import nn


def chain(x, length):
    """Return the result of many small operations."""
    for _ in range(length):
        x = torch.tanh(x)  # used once: the compiler's work grows with its uses
    return x


@torch.compiler.disable
def short(x):
    """Run a few operations outside the graph."""
    return chain(x, 4)


@torch.compiler.disable
def middle(x):
    """Run more operations outside the graph."""
    return chain(x, 20)


@torch.compiler.disable
def long(x):
    """Run many operations outside the graph."""
    return chain(x, 80)


class Chains(nn.Module):
    """Three excluded functions and a number from a tensor."""

    def __init__(self, fixed=""):
        super().__init__()
        self.fixed = fixed
        self.first = nn.Linear(64, 64)
        self.second = nn.Linear(64, 8)

    def forward(self, x):
        """Return the output of a step with up to four breaks."""
        y = torch.tanh(self.first(x))
        if self.fixed == "long":
            y = y + chain(y, 80)
        else:
            y = y + long(y)  # break: long
        if self.fixed == "item":
            y = y * y.abs().mean().detach()
        else:
            y = y * y.abs().mean().item()  # break: item
        if self.fixed == "short":
            y = y + chain(y, 4)
        else:
            y = y + short(y)  # break: short
        if self.fixed == "middle":
            y = y + chain(y, 20)
        else:
            y = y + middle(y)  # break: middle
        return self.second(y)


class Branches(nn.Module):
    """Two excluded functions, a branch and two numbers from tensors."""

    def __init__(self, fixed=""):
        super().__init__()
        self.fixed = fixed
        self.first = nn.Linear(64, 64)
        self.second = nn.Linear(64, 8)

    def forward(self, x):
        """Return the output of a step with up to five breaks."""
        y = torch.tanh(self.first(x))
        if self.fixed == "middle":
            y = y + chain(y, 20)
        else:
            y = y + middle(y)  # break: middle
        if self.fixed == "branch":
            y = torch.where(y.mean() > 0, y * 2, y * 3)
        elif y.mean() > 0:  # break: branch
            y = y * 2
        else:
            y = y * 3
        if self.fixed == "long":
            y = y + chain(y, 80)
        else:
            y = y + long(y)  # break: long
        if self.fixed == "item":
            y = y * y.abs().mean().detach()
        else:
            y = y * y.abs().mean().item()  # break: item
        if self.fixed == "float":
            y = y * y.abs().max().detach()
        else:
            y = y * float(y.abs().max())  # break: float
        return self.second(y)
