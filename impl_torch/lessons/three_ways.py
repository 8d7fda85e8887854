"""Three ways to train: training loop, closure or train_on_batch, fit."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import SGD
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, RATE, MOMENTUM = 40, 0.125, 0.5
SHAPES = [(3, 16), (16,), (16, 1), (1,)]  # weight and bias of two layers

squared_error = nn.MSELoss()


# [step: start]
def start() -> tuple[nn.Module, SGD]:
    """Return the same untrained network and a new optimizer for it."""
    model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    model.double()
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for parameter, shape in zip(model.parameters(), SHAPES, strict=True):
            parameter.copy_(torch.tensor(rng.normal(0, 0.5, shape).T))
    return model, SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)


# [step: training loop]
def own_loop(model: nn.Module, optimizer: SGD, x: Tensor, y: Tensor) -> None:
    """Train with every call of a step written out."""
    for _ in range(EPOCHS):
        loss = squared_error(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# [step: closure or train on batch]
def handed_over(
    model: nn.Module, optimizer: SGD, x: Tensor, y: Tensor
) -> None:
    """Train with a loss that the optimizer calls."""

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = squared_error(model(x), y)
        loss.backward()
        return loss

    for _ in range(EPOCHS):
        optimizer.step(closure)


# [step: fit]
def fit(
    model: nn.Module, optimizer: SGD, x: Tensor, y: Tensor, epochs: int
) -> None:
    """Train on the data for a number of epochs."""
    batches = DataLoader(TensorDataset(x, y), batch_size=len(x))
    for _ in range(epochs):
        for inputs, targets in batches:
            optimizer.zero_grad()
            squared_error(model(inputs), targets).backward()
            optimizer.step()


# [step: data]
def main() -> dict[str, object]:
    """Train in all three ways; return the losses and the weights."""
    rng = np.random.default_rng(1)
    x = torch.tensor(rng.standard_normal((64, 3)))  # (batch, inputs)
    y = torch.sin(x.sum(dim=1, keepdim=True))  # (batch, 1)

    # [step: train]
    looped, optimizer = start()
    untrained = squared_error(looped(x), y).item()
    own_loop(looped, optimizer, x, y)
    handed, optimizer = start()
    handed_over(handed, optimizer, x, y)
    fitted, optimizer = start()
    fit(fitted, optimizer, x, y, EPOCHS)

    # [step: results]
    return {
        "untrained": untrained,
        "trained": [
            squared_error(model(x), y).item()
            for model in (looped, handed, fitted)
        ],
        "looped": looped[0].weight.T.detach(),  # (inputs, outputs)
        "handed": handed[0].weight.T.detach(),
        "fitted": fitted[0].weight.T.detach(),
        "has_minimize": hasattr(optimizer, "minimize"),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
