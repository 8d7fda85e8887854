"""Dynamic control flow: a network whose depth changes at every step."""

import numpy as np
import torch
from torch import nn

STEPS, RATE = 100, 2e-4


# [step: model]
class DynamicNet(nn.Module):
    """Two layers, and one between them, applied a random number of times."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)
        self.first = nn.Parameter(torch.tensor(self.normal(20, 30)))
        self.middle = nn.Parameter(torch.tensor(self.normal(30, 30)))
        self.last = nn.Parameter(torch.tensor(self.normal(30, 4)))

    def normal(self, inputs: int, outputs: int) -> np.ndarray:
        return self.rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(x @ self.first)  # (batch, hidden)
        self.depth = self.rng.integers(0, 4)
        for _ in range(self.depth):
            hidden = torch.relu(hidden @ self.middle)
        return hidden @ self.last  # (batch, outputs)


# [step: data]
def main() -> dict[str, object]:
    """Train on random numbers; return the depth and loss of each step."""
    rng = np.random.default_rng(1)
    x = torch.tensor(rng.standard_normal((16, 20)))  # (batch, inputs)
    y = torch.tensor(rng.standard_normal((16, 4)))  # (batch, outputs)

    net = DynamicNet()
    optimizer = torch.optim.SGD(net.parameters(), RATE)
    depths, losses, unused = [], [], 0
    for _ in range(STEPS):
        # [step: forward]
        loss = (net(x) - y).square().sum()
        depths.append(net.depth)
        losses.append(loss.item())

        # [step: backward]
        optimizer.zero_grad()
        loss.backward()
        unused += net.middle.grad is None

        # [step: update]
        optimizer.step()

    # [step: results]
    print("depths:", *depths)
    return {
        "depths": depths,
        "losses": losses,
        "unused": unused,
        "middle": net.middle.detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
