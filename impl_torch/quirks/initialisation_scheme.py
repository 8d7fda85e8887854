"""Default initialisation of dense layers: Kaiming or Glorot uniform."""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

DRAWS = {"dtype": torch.float64}


def by_inputs(x: Tensor, *, drawn_weight: Tensor) -> Tensor:
    weight = torch.empty(drawn_weight.shape, **DRAWS)  # outputs, inputs
    nn.init.kaiming_uniform_(weight, a=5**0.5, generator=_seeded())
    return linear(x, drawn_weight * _bound(weight))


def by_inputs_and_outputs(x: Tensor, *, drawn_weight: Tensor) -> Tensor:
    weight = torch.empty(drawn_weight.shape, **DRAWS)
    nn.init.xavier_uniform_(weight, generator=_seeded())
    return linear(x, drawn_weight * _bound(weight))


def _bound(weight: Tensor) -> float:
    even = torch.empty_like(weight).uniform_(-1, 1, generator=_seeded())
    bound = weight.abs().max() / even.abs().max()
    return bound.float().item()  # rounded as in Keras


def _seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)
