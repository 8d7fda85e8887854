"""Nested modules: three blocks of two branches, and parameter names."""

import numpy as np
import torch
from torch import Tensor, nn

WIDTH = 6


# [step: layer]
class Linear(nn.Module):
    """Linear layer: a weighted sum of the inputs and a bias per output."""

    def __init__(self, weight: np.ndarray) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))
        self.bias = nn.Parameter(torch.tensor(np.zeros(weight.shape[1])))

    def forward(self, x: Tensor) -> Tensor:  # (batch, inputs)
        return x @ self.weight + self.bias  # (batch, outputs)


# [step: block]
class Block(nn.Module):
    """Two branches that read the same input; their outputs concatenated."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.left = Linear(rng.standard_normal((WIDTH, WIDTH // 2)))
        self.right = Linear(rng.standard_normal((WIDTH, WIDTH // 2)))

    def forward(self, x: Tensor) -> Tensor:  # (batch, width)
        left, right = self.left(x), self.right(x)  # (batch, width / 2) each
        return torch.cat([torch.relu(left), torch.tanh(right)], dim=-1)


# [step: net]
class Net(nn.Module):
    """Network of three blocks in sequence."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Block(rng) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:  # (batch, width)
        for block in self.blocks:
            x = block(x)
        return x  # (batch, width)


# [step: forward and backward]
def main() -> dict[str, object]:
    """Run one forward and backward pass; count and name the parameters."""
    rng = np.random.default_rng(0)
    net = Net(rng)
    output = net(torch.tensor(rng.standard_normal((4, WIDTH))))
    output.square().sum().backward()

    # [step: parameters]
    parameters = list(net.parameters())
    numbers = sum(parameter.numel() for parameter in parameters)

    # [step: names]
    state_names = list(net.state_dict())
    names = sorted(state_names)

    # [step: access a parameter]
    first = net.blocks[0].left.weight
    return {
        "output": output.detach(),
        "tensors": len(parameters),
        "numbers": numbers,
        "state_names": state_names,
        "names": names,
        "first": first.detach(),
        "first_gradient": first.grad,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
