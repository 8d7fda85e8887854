"""Optimizers: momentum, Adam, AdamW and a learning-rate schedule."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import ExponentialLR

STEPS, RATE, DECAY = 40, 0.125, 0.5
START, SCALES = [4.0, 4.0], [0.5, 8.0]


# [step: loss]
def loss_of(w: Tensor) -> Tensor:
    """Return a quadratic: flat along one axis, steep along the other."""
    return (torch.tensor(SCALES, dtype=w.dtype) * w.square()).sum() / 2


# [step: adam by formula]
def by_formula(decay: float) -> Tensor:
    """Return the path of Adam; with a decay, of AdamW."""
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    m, v = torch.zeros_like(w), torch.zeros_like(w)
    path = []
    for step in range(1, STEPS + 1):
        (gradient,) = torch.autograd.grad(loss_of(w), [w])
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient.square()
        with torch.no_grad():
            mean, square = m / (1 - 0.9**step), v / (1 - 0.999**step)
            w -= RATE * (mean / (square.sqrt() + 1e-8) + decay * w)
        path.append(w.detach().clone())
    return torch.stack(path)  # (steps, 2)


# [step: optimizer of the library]
def by_library(kind: Callable[..., Optimizer], **options: float) -> Tensor:
    """Return the path of an optimizer of the library."""
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = kind([w], lr=RATE, **options)
    path = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(w).backward()
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path)  # (steps, 2)


# [step: plain and momentum]
def main() -> dict[str, object]:
    """Return the path of each optimizer, and the rates of a schedule."""
    plain = by_library(SGD)
    momentum = by_library(SGD, momentum=0.75)

    # [step: adam]
    adam, adamw = by_formula(0.0), by_formula(DECAY)
    library = by_library(Adam, eps=1e-8)
    decayed = by_library(AdamW, eps=1e-8, weight_decay=DECAY)

    # [step: created after backward]
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    loss_of(w).backward()
    SGD([w], lr=RATE).step()
    late = w.detach().clone()

    # [step: schedule]
    optimizer = SGD([w], lr=RATE)
    schedule, rates = ExponentialLR(optimizer, gamma=0.5), []
    for _ in range(4):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()

    # [step: results]
    return {
        "plain": plain,
        "momentum": momentum,
        "adam": adam,
        "adamw": adamw,
        "adam_deviation": (library - adam).abs().max(),
        "adamw_deviation": (decayed - adamw).abs().max(),
        "late": late,
        "rates": rates,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
