"""Backward hooks: read and change gradients on their way back."""

import numpy as np
import torch
from torch import Tensor, nn

LIMIT = 1.0


# [step: layer]
def make_layer() -> nn.Linear:
    """Return a layer whose weights are known."""
    layer = nn.Linear(3, 2, bias=False, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0, 3.0], [-1.0, 0.5, 4.0]]))
    return layer


# [step: change a gradient]
def clipped(x: Tensor) -> Tensor:
    """Return x; its gradient is clipped on the way back."""
    y = x.clone()
    y.register_hook(lambda gradient: gradient.clamp(-LIMIT, LIMIT))
    return y


# [step: forward]
def main() -> dict[str, object]:
    """Return gradients with and without a change on the way back."""
    x = torch.tensor(np.arange(6.0).reshape(2, 3) / 4, requires_grad=True)
    layer = make_layer()

    # [step: read a gradient]
    seen = []
    outputs = layer(x)  # (batch, 2)
    outputs.register_hook(seen.append)
    outputs.square().sum().backward()
    whole, x.grad = x.grad, None

    # [step: clip]
    clipped(layer(x)).square().sum().backward()
    limited, x.grad = x.grad, None

    # [step: hook of a module]
    def note(_module: nn.Module, _inputs: tuple, upstream: tuple) -> None:
        norms.append(upstream[0].norm().item())

    norms = []
    handle = layer.register_full_backward_hook(note)
    for factor in [1.0, 2.0]:
        (factor * layer(x)).square().sum().backward()

    # [step: remove]
    handle.remove()
    layer(x).square().sum().backward()

    # [step: results]
    return {
        "seen": seen[0],
        "whole": whole,
        "limited": limited,
        "norms": norms,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
