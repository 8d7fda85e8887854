"""Custom modules: nn.Module, keras.Model and a residual connection."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

STEPS, RATE, USES = 50, 0.125, 2
SHAPES = [(64, 32), (32,), (32, 32), (32,), (32, 10), (10,)]


# [step: class]
class Net(nn.Module):
    """The two-layer network, with a shared layer between the two."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 32, dtype=torch.float64)
        self.between = nn.Linear(32, 32, dtype=torch.float64)
        self.final = nn.Linear(32, 10, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:  # (batch, pixels)
        h = torch.relu(self.hidden(x))  # (batch, hidden)
        for _ in range(USES):
            h = h + torch.relu(self.between(h))
        return self.final(h)  # (batch, digits)


# [step: data]
def main() -> dict[str, object]:
    """Train a digit classifier; return losses, parameters and weights."""
    digits = load_digits()
    x = torch.tensor(digits.data / 16)  # (images, pixels)
    y = torch.tensor(digits.target)  # (images,)

    # [step: start]
    model = Net()
    rng = np.random.default_rng(0)
    start = [rng.normal(0, 0.1, shape) for shape in SHAPES]
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), start, strict=True):
            parameter.copy_(torch.tensor(value.T))
    numbers = sum(parameter.numel() for parameter in model.parameters())

    # [step: train]
    cross_entropy = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    losses = []
    for _ in range(STEPS):
        loss = cross_entropy(model(x), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    # [step: results]
    return {
        "losses": losses,
        "numbers": numbers,
        "hidden": model.hidden.weight.T.detach(),  # (inputs, outputs)
        "between": model.between.weight.T.detach(),
        "final": model.final.weight.T.detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
