"""Adadelta: default learning rate 1 or 0.001."""

from torch import nn
from torch.optim import Adadelta, Optimizer


def full_rate(parameters: list[nn.Parameter]) -> Optimizer:
    return Adadelta(parameters)


def thousandth_rate(parameters: list[nn.Parameter]) -> Optimizer:
    return Adadelta(parameters, lr=0.001, rho=0.95, eps=1e-7)
