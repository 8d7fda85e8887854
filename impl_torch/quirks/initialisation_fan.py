"""Depthwise kernel initialisation: fan-in of one or all channels."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d


def one_channel(x: Tensor, *, draws: Tensor) -> Tensor:
    kernel = draws.permute(2, 3, 0, 1)  # channels, 1, 3, 3
    bound = _bound(kernel.shape)
    return conv2d(x, kernel * bound, groups=x.shape[1])


def all_channels(x: Tensor, *, draws: Tensor) -> Tensor:
    kernel = draws.permute(2, 3, 0, 1)  # channels, 1, 3, 3
    bound = _bound((1, x.shape[1], 3, 3))  # as for a full kernel
    return conv2d(x, kernel * bound, groups=x.shape[1])


def _bound(shape: tuple[int, ...]) -> float:
    drawn, even = torch.empty(2, *shape, dtype=torch.float64)
    nn.init.kaiming_uniform_(drawn, generator=_seeded())
    nn.init.uniform_(even, -1, 1, generator=_seeded())
    bound = drawn.abs().max() / even.abs().max()
    return bound.float().item()  # rounded as in Keras


def _seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)
