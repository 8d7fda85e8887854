"""Batch normalisation momentum: weight of the new or old statistics."""

import torch
from torch import Tensor
from torch.nn import functional

MOMENTUM, EPSILON = 0.125, 2.0**-10


def share_of_the_new(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    mean, ones = torch.zeros_like(beta), torch.ones_like(gamma)
    moved = mean, ones.clone()  # updated in place, without a gradient
    functional.batch_norm(x, *moved, momentum=MOMENTUM, training=True)
    return functional.batch_norm(x, mean, ones, gamma, beta, eps=EPSILON)


def share_of_the_old(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    mean, ones = torch.zeros_like(beta), torch.ones_like(gamma)
    moved = mean, ones.clone()  # updated in place, without a gradient
    functional.batch_norm(x, *moved, momentum=1 - MOMENTUM, training=True)
    return functional.batch_norm(x, mean, ones, gamma, beta, eps=EPSILON)
