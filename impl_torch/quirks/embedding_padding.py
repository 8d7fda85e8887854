"""Embedding of the padding token: row frozen or trained."""

from torch import Tensor, nn
from torch.func import functional_call


def row_stays(x: Tensor, *, table: Tensor) -> Tensor:
    layer = nn.Embedding(*table.shape, padding_idx=0).to(table)
    return functional_call(layer, {"weight": table}, (x,))


def row_learns(x: Tensor, *, table: Tensor) -> Tensor:
    layer = nn.Embedding(*table.shape).to(table)
    return functional_call(layer, {"weight": table}, (x,))
