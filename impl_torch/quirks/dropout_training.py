"""Dropout without a training flag: active or inactive."""

import torch
from torch import Tensor, nn

RATE = 0.5


def dropping(x: Tensor) -> Tensor:
    dropout = nn.Dropout(RATE)
    factor = dropout(torch.ones(256)).max()  # 0s or the factor
    return torch.where(x > 0, x, 0) * factor.to(x)


def passing(x: Tensor) -> Tensor:
    dropout = nn.Dropout(RATE).eval()
    return dropout(x)
