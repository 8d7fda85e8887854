"""Linear regression: how the loss and the optimizer are connected."""

import numpy as np
import torch
from torch import nn

EPOCHS, RATE = 100, 0.125


# [step: data]
def main() -> dict[str, object]:
    """Fit a plane to noisy points; return losses, fit and best fit."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((100, 2))
    heights = points @ [[2.0], [-3.0]] + 4 + rng.normal(0, 0.1, (100, 1))
    x = torch.tensor(points)  # (points, 2)
    y = torch.tensor(heights)  # (points, 1)

    # [step: model]
    model = nn.Linear(2, 1, dtype=torch.float64)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)

    # [step: loss]
    squared_error = nn.MSELoss()

    # [step: optimizer]
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    losses = []
    for _ in range(EPOCHS):
        # [step: forward]
        loss = squared_error(model(x), y)
        losses.append(loss.item())

        # [step: backward and update]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    # [step: least squares]
    best, *_ = np.linalg.lstsq(np.c_[points, np.ones(100)], heights)

    # [step: results]
    return {
        "losses": losses,
        "weight": model.weight.T.detach(),  # (inputs, outputs)
        "bias": model.bias.detach(),
        "best": best,  # (inputs and bias, outputs)
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
