"""Layer normalisation: default epsilon 1e-5 or 1e-3."""

from torch import Tensor, nn
from torch.func import functional_call


def a_hundred_thousandth(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = nn.LayerNorm(x.shape[1]).to(x)
    return functional_call(layer, {"weight": gamma, "bias": beta}, (x,))


def a_thousandth(x: Tensor, *, gamma: Tensor, beta: Tensor) -> Tensor:
    layer = nn.LayerNorm(x.shape[1], eps=1e-3).to(x)
    return functional_call(layer, {"weight": gamma, "bias": beta}, (x,))
