"""Modular networks: each example chooses the modules that process it."""

import numpy as np
import torch
from torch import Tensor, nn

WIDTH, EPOCHS, RATE = 4, 30, 0.125
PROGRAMS = [["turn"], ["turn", "bend"], ["bend", "bend"], []]


# [step: network]
class ModularNet(nn.Module):
    """Named modules, applied in the order that an example asks for."""

    def __init__(self) -> None:
        super().__init__()
        rng = np.random.default_rng(0)
        self.turn = nn.Parameter(torch.tensor(rng.normal(0, 0.5, (4, 4))))
        self.bend = nn.Parameter(torch.tensor(rng.normal(0, 0.5, (4, 4))))
        self.rest = nn.Parameter(torch.tensor(rng.normal(0, 0.5, (4, 4))))

    def forward(self, x: Tensor, program: list[str]) -> Tensor:
        for name in program:
            x = torch.tanh(x @ getattr(self, name))  # (width,)
        return x.sum()


# [step: data]
def main() -> dict[str, object]:
    """Train on examples with programs; return losses and weights."""
    rng = np.random.default_rng(1)
    x = torch.tensor(rng.standard_normal((len(PROGRAMS), WIDTH)))
    y = torch.tensor(rng.standard_normal(len(PROGRAMS)))
    net = ModularNet()
    optimizer = torch.optim.SGD(net.parameters(), RATE)

    losses = []
    for _ in range(EPOCHS):
        # [step: forward]
        outputs = torch.stack(
            [net(row, p) for row, p in zip(x, PROGRAMS, strict=True)]
        )  # (examples,)
        loss = (outputs - y).square().mean()
        losses.append(loss.item())

        # [step: backward]
        optimizer.zero_grad()
        loss.backward()
        unused = [name for name, p in net.named_parameters() if p.grad is None]

        # [step: update]
        optimizer.step()

    # [step: results]
    return {
        "losses": losses,
        "unused": unused,
        "turn": net.turn.detach(),
        "bend": net.bend.detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
