"""One-cycle schedule: the rate goes up and down, momentum down and up."""

from math import cos, pi

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, STEPS, RISING = 5, 145, 0.2
START, PEAK, END = 0.02, 0.25, 1e-5  # learning rate
HEAVY, LIGHT = 0.95, 0.85  # momentum


# [step: formula]
def cosine(start: float, end: float, part: float) -> float:
    """Return a value between start and end along half a cosine."""
    return end + (start - end) * (1 + cos(pi * part)) / 2


def one_cycle(step: int) -> tuple[float, float]:
    """Return the learning rate and the momentum of a step."""
    top = RISING * STEPS - 1
    if step <= top:
        part = step / top
        return cosine(START, PEAK, part), cosine(HEAVY, LIGHT, part)
    part = (step - top) / (STEPS - 1 - top)
    return cosine(PEAK, END, part), cosine(LIGHT, HEAVY, part)


# [step: data]
def main() -> dict[str, object]:
    """Return the schedule, the losses and the last epoch's mean loss."""
    images, labels = load_digits(return_X_y=True)  # (digits, pixels)
    data = TensorDataset(torch.tensor(images / 16), torch.tensor(labels))
    batches = DataLoader(data, batch_size=64)

    # [step: model]
    model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for p in model.double().parameters():
            p.copy_(torch.tensor(rng.normal(0, 0.1, p.shape[::-1]).T))

    # [step: schedule]
    optimizer = torch.optim.SGD(model.parameters(), START, momentum=HEAVY)
    schedule = OneCycleLR(
        optimizer,
        max_lr=PEAK,
        total_steps=STEPS,
        pct_start=RISING,
        div_factor=PEAK / START,
        final_div_factor=START / END,
        max_momentum=HEAVY,
        base_momentum=LIGHT,
    )
    (group,) = optimizer.param_groups

    rates, momenta, losses = [], [], []
    for _ in range(EPOCHS):
        for x, y in batches:
            # [step: step]
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rates.append(group["lr"])
            momenta.append(group["momentum"])
            schedule.step()
            losses.append(loss.item())

    # [step: results]
    return {
        "rates": rates,
        "momenta": momenta,
        "by_formula": [one_cycle(step) for step in range(STEPS)],
        "losses": losses,
        "last_epoch": np.mean(losses[-29:]),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
