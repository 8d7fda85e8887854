"""Learning-rate schedule: stepped after or before the optimizer."""

import warnings
from typing import Any

from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import ExponentialLR

RATE, DECAY = 2.0**-4, 0.5


def after_update(parameters: list[nn.Parameter]) -> Any:
    optimizer = SGD(parameters, lr=RATE)
    schedule = ExponentialLR(optimizer, gamma=DECAY)

    class Loop:
        def step(self) -> None:
            optimizer.step()
            schedule.step()

    return Loop()


def before_update(parameters: list[nn.Parameter]) -> Any:
    optimizer = SGD(parameters, lr=RATE)
    schedule = ExponentialLR(optimizer, gamma=DECAY)

    class Loop:
        def step(self) -> None:
            with warnings.catch_warnings(action="ignore"):
                schedule.step()  # PyTorch warns about this order
            optimizer.step()

    return Loop()
