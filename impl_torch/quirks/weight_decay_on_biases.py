"""Weight decay: on all parameters or on weights only."""

from torch import nn
from torch.optim import SGD, Optimizer

RATE, DECAY = 2.0**-5, 0.5


def everything(parameters: list[nn.Parameter]) -> Optimizer:
    return SGD(parameters, lr=RATE, weight_decay=DECAY)


def weights_alone(parameters: list[nn.Parameter]) -> Optimizer:
    weights = [p for p in parameters if p.ndim > 1]
    biases = [p for p in parameters if p.ndim == 1]
    groups = [
        {"params": weights, "weight_decay": DECAY},
        {"params": biases, "weight_decay": 0.0},
    ]
    return SGD(groups, lr=RATE)
