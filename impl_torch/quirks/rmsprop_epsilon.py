"""RMSprop epsilon: outside or inside the square root."""

import torch
from torch import nn
from torch.optim import Optimizer, RMSprop

RATE, RHO, EPSILON = 2.0**-6, 0.875, 2.0**-4


def outside_root(parameters: list[nn.Parameter]) -> Optimizer:
    return RMSprop(parameters, lr=RATE, alpha=RHO, eps=EPSILON)


def inside_root(parameters: list[nn.Parameter]) -> Optimizer:
    class Inside(RMSprop):
        @torch.no_grad()
        def step(self) -> None:
            for p in parameters:
                square = self.state[p].setdefault(
                    "square", p.new_zeros(p.shape)
                )
                square.mul_(RHO).addcmul_(p.grad, p.grad, value=1 - RHO)
                root = (square + EPSILON).sqrt()
                p.addcdiv_(p.grad, root, value=-RATE)

    return Inside(parameters)
