"""Learning-rate finder: raise the rate at each batch, watch the loss."""

from itertools import count
from math import isnan

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

FIRST, LAST, GROWTH = 1e-6, 10, 1.2
LEFT_OUT = 15  # points at the end of the second picture


# [step: data]
def main() -> dict[str, object]:
    """Return the rates, the losses and the rate with the lowest loss."""
    images, labels = load_digits(return_X_y=True)  # (digits, pixels)
    data = TensorDataset(torch.tensor(images / 16), torch.tensor(labels))
    loader = DataLoader(data, batch_size=64)
    batches = (batch for _ in count() for batch in loader)

    # [step: model]
    model = nn.Linear(64, 10).double()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(model.parameters(), FIRST)
    (group,) = optimizer.param_groups

    rates, losses = [], []
    while group["lr"] <= LAST:
        # [step: loss]
        x, y = next(batches)
        outputs = model(x)  # (batch, classes)
        right = outputs[range(len(y)), y]  # (batch,)
        loss = (torch.logsumexp(outputs, 1) - right).mean()
        rates.append(group["lr"])
        losses.append(loss.item())
        if isnan(losses[-1]):
            break

        # [step: update]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        group["lr"] *= GROWTH

    # [step: results]
    best = np.nanargmin(losses)
    return {
        "rates": rates,
        "losses": losses,
        "shown_rates": rates[:-LEFT_OUT],
        "shown_losses": losses[:-LEFT_OUT],
        "rate_of_lowest": rates[best],
        "lowest": losses[best],
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
