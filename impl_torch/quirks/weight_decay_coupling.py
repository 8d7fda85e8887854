"""Adam weight decay: in the gradient (L2) or decoupled (AdamW)."""

from torch import nn
from torch.optim import Adam, AdamW, Optimizer

RATE, BETAS, DECAY = 2.0**-5, (0.875, 0.9375), 0.25


def in_the_gradient(parameters: list[nn.Parameter]) -> Optimizer:
    return Adam(parameters, lr=RATE, betas=BETAS, eps=0.0, weight_decay=DECAY)


def decoupled(parameters: list[nn.Parameter]) -> Optimizer:
    return AdamW(parameters, lr=RATE, betas=BETAS, eps=0.0, weight_decay=DECAY)
