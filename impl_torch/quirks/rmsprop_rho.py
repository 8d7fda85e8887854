"""RMSprop decay (alpha or rho): default 0.99 or 0.9."""

from torch import nn
from torch.optim import Optimizer, RMSprop

RATE = 2.0**-7


def longer_memory(parameters: list[nn.Parameter]) -> Optimizer:
    return RMSprop(parameters, lr=RATE, eps=0.0)


def shorter_memory(parameters: list[nn.Parameter]) -> Optimizer:
    return RMSprop(parameters, lr=RATE, alpha=0.9, eps=0.0)
