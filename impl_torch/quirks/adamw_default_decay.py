"""AdamW: default weight decay 0.01 or 0.004."""

import torch
from torch import nn
from torch.optim import AdamW, Optimizer

RATE, BETAS = 2.0**-3, (0.875, 0.9375)


def stronger(parameters: list[nn.Parameter]) -> Optimizer:
    return AdamW(parameters, lr=RATE, betas=BETAS, eps=0.0)


def weaker(parameters: list[nn.Parameter]) -> Optimizer:
    decay = torch.tensor(0.004).item()  # rounded to float32 as in Keras
    return AdamW(parameters, lr=RATE, betas=BETAS, eps=0.0, weight_decay=decay)
