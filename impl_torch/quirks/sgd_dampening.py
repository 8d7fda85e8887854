"""SGD momentum: without or with dampening."""

from torch import nn
from torch.optim import SGD, Optimizer

RATE, MOMENTUM, DAMPENING = 2.0**-5, 0.875, 0.75


def undampened(parameters: list[nn.Parameter]) -> Optimizer:
    return SGD(parameters, lr=RATE, momentum=MOMENTUM)


def dampened(parameters: list[nn.Parameter]) -> Optimizer:
    return SGD(parameters, lr=RATE, momentum=MOMENTUM, dampening=DAMPENING)
