"""Gradient clipping by norm: global or per variable."""

from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, Optimizer

RATE, MAXIMUM = 2.0**-2, 0.5


def over_everything(parameters: list[nn.Parameter]) -> Optimizer:
    class Clipped(SGD):
        def step(self) -> None:
            clip_grad_norm_(parameters, MAXIMUM)
            super().step()

    return Clipped(parameters, lr=RATE)


def per_variable(parameters: list[nn.Parameter]) -> Optimizer:
    class Clipped(SGD):
        def step(self) -> None:
            for p in parameters:
                norm = p.grad.norm()
                p.grad.mul_(MAXIMUM / norm.clamp(min=MAXIMUM))
            super().step()

    return Clipped(parameters, lr=RATE)
