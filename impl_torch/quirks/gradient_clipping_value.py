"""Gradient clipping: by value or by global norm."""

from torch import nn
from torch.nn.utils import clip_grad_value_, get_total_norm
from torch.optim import SGD, Optimizer

RATE, MAXIMUM = 2.0**-3, 0.5


def by_value(parameters: list[nn.Parameter]) -> Optimizer:
    class Clipped(SGD):
        def step(self) -> None:
            clip_grad_value_(parameters, MAXIMUM)
            super().step()

    return Clipped(parameters, lr=RATE)


def by_norm(parameters: list[nn.Parameter]) -> Optimizer:
    class Clipped(SGD):
        def step(self) -> None:
            norm = get_total_norm([p.grad for p in parameters])
            for p in parameters:
                p.grad.mul_(MAXIMUM / norm.clamp(min=MAXIMUM))
            super().step()

    return Clipped(parameters, lr=RATE)
