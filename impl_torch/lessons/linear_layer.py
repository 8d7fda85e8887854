"""A linear layer written by hand, compared with `nn.Linear` and `Dense`."""

import numpy as np
import torch
from torch import Tensor, nn

STEPS, RATE = 60, 0.25


# [step: layer]
class Linear(nn.Module):
    """Linear layer: a weighted sum of the inputs and a bias per output."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))  # (inputs, outputs)
        self.bias = nn.Parameter(torch.tensor(bias))  # (outputs,)

    def forward(self, x: Tensor) -> Tensor:  # (batch, inputs)
        return x @ self.weight + self.bias  # (batch, outputs)


# [step: train]
def train(layer: nn.Module, x: Tensor, y: Tensor) -> list[float]:
    """Train a layer by gradient descent and return its losses."""
    losses = []
    for _ in range(STEPS):
        loss = (layer(x) - y).square().mean()
        losses.append(loss.item())
        layer.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.sub_(RATE * parameter.grad)
    return losses


# [step: data]
def main() -> dict[str, object]:
    """Train both layers from equal weights; return losses and weights."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((64, 5)))  # (batch, inputs)
    y = x @ torch.tensor(rng.standard_normal((5, 2))) + 1  # (batch, outputs)
    weight = rng.uniform(-1, 1, (5, 2)) / np.sqrt(5)
    bias = np.zeros(2)

    # [step: own layer]
    layer = Linear(weight, bias)
    losses = train(layer, x, y)

    # [step: library layer]
    library = nn.Linear(5, 2, dtype=torch.float64)
    with torch.no_grad():
        library.weight.copy_(torch.tensor(weight.T))
        library.bias.copy_(torch.tensor(bias))
    library_losses = train(library, x, y)

    # [step: results]
    return {
        "losses": losses,
        "library_losses": library_losses,
        "weight": layer.weight.detach(),
        "library_weight": library.weight.T.detach(),  # (inputs, outputs)
        "bias": layer.bias.detach(),
        "library_bias": library.bias.detach(),
        "kept_shape": list(library.weight.shape),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
