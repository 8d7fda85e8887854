"""Batch normalisation by default: training or inference mode."""

from torch import Tensor, nn
from torch.func import functional_call

EPSILON = 0.125


def by_the_batch(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = nn.BatchNorm1d(x.shape[1], eps=EPSILON).to(x)
    return functional_call(layer, {"weight": gamma, "bias": beta}, (x,))


def by_running_statistics(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = nn.BatchNorm1d(x.shape[1], eps=EPSILON).to(x).eval()
    return functional_call(layer, {"weight": gamma, "bias": beta}, (x,))
