"""PReLU: initial slope 0.25 or 0."""

from torch import Tensor, nn
from torch.func import functional_call


def at_a_quarter(x: Tensor, *, slope: Tensor) -> Tensor:
    layer = nn.PReLU(x.shape[1]).to(x)
    return functional_call(layer, {"weight": layer.weight + slope}, (x,))


def at_zero(x: Tensor, *, slope: Tensor) -> Tensor:
    layer = nn.PReLU(x.shape[1], init=0.0).to(x)
    return functional_call(layer, {"weight": layer.weight + slope}, (x,))
