"""Zero, backward, step: what the wrong orders do."""

import numpy as np
import torch
from torch import Tensor
from torch.optim import SGD

STEPS, RATE = 30, 0.5


# [step: start]
def start() -> tuple[Tensor, SGD]:
    """Fresh weights, and the optimizer that may move them."""
    weight = torch.zeros((3, 1), dtype=torch.float64, requires_grad=True)
    return weight, SGD([weight], lr=RATE)


def squared_error(weight: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """How far the weighted sums are from the targets."""
    return (x @ weight - y).square().mean()


# [step: data]
def main() -> dict[str, object]:
    """Train four times, once in the right order; all losses."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((32, 3)))  # (batch, inputs)
    y = x.sum(dim=1, keepdim=True)  # (batch, 1)
    right, stale, zeroed, summed = [], [], [], []

    # [step: right order]
    weight, optimizer = start()
    for _ in range(STEPS):
        loss = squared_error(weight, x, y)
        right.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    # [step: step before backward]
    weight, optimizer = start()
    for _ in range(STEPS):
        loss = squared_error(weight, x, y)
        stale.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()

    # [step: zero in between]
    weight, optimizer = start()
    for _ in range(STEPS):
        loss = squared_error(weight, x, y)
        zeroed.append(loss.item())
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()

    # [step: never zero]
    weight, optimizer = start()
    for _ in range(STEPS):
        loss = squared_error(weight, x, y)
        summed.append(loss.item())
        loss.backward()
        optimizer.step()

    # [step: results]
    return {
        "right": right,
        "stale": stale,
        "zeroed": zeroed,
        "summed": summed,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
