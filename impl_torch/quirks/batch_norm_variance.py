"""Batch normalisation running variance: unbiased or biased."""

import torch
from torch import Tensor
from torch.nn import functional

SHARE, EPSILON = 0.5, 2.0**-10  # SHARE: weight of the new batch


def unbiased(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    moved = torch.zeros_like(beta), torch.ones_like(gamma)
    functional.batch_norm(x, *moved, momentum=SHARE, training=True)
    return functional.batch_norm(x, *moved, gamma, beta, eps=EPSILON)


def biased(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    moved = torch.zeros_like(beta), torch.ones_like(gamma)
    functional.batch_norm(x, *moved, momentum=SHARE, training=True)
    biased = x.detach().var(dim=0, correction=0)
    moved = moved[0], (1 - SHARE) + SHARE * biased
    return functional.batch_norm(x, *moved, gamma, beta, eps=EPSILON)
