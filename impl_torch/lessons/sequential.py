"""Sequential: a two-layer network that classifies digits."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

STEPS, RATE, TRAINED_ON = 60, 0.5, 1500
SHAPES = [(64, 32), (32,), (32, 10), (10,)]  # weight and bias of two layers


# [step: data]
def main() -> dict[str, object]:
    """Train a digit classifier; return losses, test result and weights."""
    digits = load_digits()
    images = torch.tensor(digits.data / 16)  # (images, pixels)
    labels = torch.tensor(digits.target)  # (images,)
    x, x_test = images[:TRAINED_ON], images[TRAINED_ON:]
    y, y_test = labels[:TRAINED_ON], labels[TRAINED_ON:]

    # [step: model]
    model = nn.Sequential(
        nn.Linear(64, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    ).double()

    # [step: start]
    rng = np.random.default_rng(0)
    start = [rng.normal(0, 0.1, shape) for shape in SHAPES]
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), start, strict=True):
            parameter.copy_(torch.tensor(value.T))

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

    # [step: test]
    with torch.no_grad():
        read = model(x_test).argmax(dim=1)
    right = (read == y_test).sum()

    # [step: results]
    return {
        "losses": losses,
        "right": right,
        "tested": len(y_test),
        "hidden": model[0].weight.T.detach(),  # (inputs, outputs)
        "output": model[-1].weight.T.detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
