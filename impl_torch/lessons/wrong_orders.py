"""The training loop: zero_grad, backward and step in the wrong order."""

import numpy as np
import torch
from torch import Tensor
from torch.optim import SGD

STEPS, RATE = 30, 0.5


# [step: start]
def start() -> tuple[Tensor, SGD]:
    """Return weights of zero and an optimizer for them."""
    weight = torch.zeros((3, 1), dtype=torch.float64, requires_grad=True)
    return weight, SGD([weight], lr=RATE)


def squared_error(weight: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return the mean squared error of the weighted sums."""
    return (x @ weight - y).square().mean()


# [step: data]
def main() -> dict[str, object]:
    """Train in one right and three wrong orders; return all losses."""
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

    # [step: zero before step]
    weight, optimizer = start()
    for _ in range(STEPS):
        loss = squared_error(weight, x, y)
        zeroed.append(loss.item())
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()

    # [step: never zeroed]
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
