"""Transfer learning: pretrained weights, a frozen body and a new head."""

from tempfile import TemporaryDirectory

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

STEPS, RATE, FEW = 50, 0.5, 50


# [step: names]
def named(model: nn.Sequential) -> dict[str, Tensor]:
    """Return every weight as (inputs, outputs), by layer and weight name."""
    return {name: w.t() for name, w in model.state_dict().items()}


# [step: net]
def net(head: str) -> nn.Sequential:
    """Return a body with a head of this name, for five digits."""
    model = nn.Sequential()
    model.add_module("body", nn.Linear(64, 32, dtype=torch.float64))
    model.add_module("relu", nn.ReLU())
    model.add_module(head, nn.Linear(32, 5, dtype=torch.float64))
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for weight in model.parameters():
            values = rng.normal(0, 0.1, weight.shape[::-1])
            weight.copy_(torch.tensor(values.T))
    return model


# [step: train]
def train(model: nn.Sequential, x: Tensor, y: Tensor) -> list[float]:
    """Train what is not frozen; return the loss at every step."""
    weights = [w for w in model.parameters() if w.requires_grad]
    optimizer = torch.optim.SGD(weights, lr=RATE)
    cross_entropy = nn.CrossEntropyLoss()
    losses = []
    for _ in range(STEPS):
        loss = cross_entropy(model(x), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# [step: data]
def main() -> dict[str, object]:
    """Train on the digits below five, then on the others; same body."""
    images, digits = load_digits(return_X_y=True)
    x = torch.tensor(images / 16)  # (images, pixels)
    y = torch.tensor(digits % 5)
    low, high = torch.tensor(digits < 5), torch.tensor(digits >= 5)

    with TemporaryDirectory() as folder:
        # [step: pretraining]
        file = f"{folder}/pretrained.npz"
        earlier = net("low")
        earlier_losses = train(earlier, x[low], y[low])
        np.savez(file, **named(earlier))

        # [step: load by name]
        model = net("high")
        with np.load(file, allow_pickle=False) as found:
            state = {name: torch.tensor(found[name]).t() for name in found}
        missing, unexpected = model.load_state_dict(state, strict=False)

    # [step: freeze]
    model.body.requires_grad_(False)

    # [step: head]
    losses = train(model, x[high][:FEW], y[high][:FEW])
    right = model(x[high][FEW:]).argmax(dim=1) == y[high][FEW:]

    # [step: results]
    bodies = [named(each)["body.weight"] for each in (earlier, model)]
    return {
        "earlier_losses": earlier_losses,
        "missing": missing,
        "unexpected": unexpected,
        "losses": losses,
        "head": named(model)["high.weight"],  # (inputs, outputs)
        "moved": not np.array_equal(*bodies),
        "right": right,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
