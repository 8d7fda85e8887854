"""SGD momentum: plain or Nesterov."""

from torch import nn
from torch.optim import SGD, Optimizer

RATE, MOMENTUM = 2.0**-5, 0.875


def plain(parameters: list[nn.Parameter]) -> Optimizer:
    return SGD(parameters, lr=RATE, momentum=MOMENTUM)


def looking_ahead(parameters: list[nn.Parameter]) -> Optimizer:
    return SGD(parameters, lr=RATE, momentum=MOMENTUM, nesterov=True)
