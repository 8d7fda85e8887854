"""SGD momentum: learning rate outside or inside the velocity."""

from typing import Any

from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import ExponentialLR

RATE, MOMENTUM, DECAY = 2.0**-5, 0.875, 0.5


def rate_outside(parameters: list[nn.Parameter]) -> Any:
    optimizer = SGD(parameters, lr=RATE, momentum=MOMENTUM)
    schedule = ExponentialLR(optimizer, gamma=DECAY)

    class Loop:
        def step(self) -> None:
            optimizer.step()
            schedule.step()

    return Loop()


def rate_inside(parameters: list[nn.Parameter]) -> Any:
    optimizer = SGD(parameters, lr=RATE, momentum=MOMENTUM)
    schedule = ExponentialLR(optimizer, gamma=DECAY)

    class Loop:
        def step(self) -> None:
            optimizer.step()
            schedule.step()
            for p in parameters:  # old gradients keep their own rate
                optimizer.state[p]["momentum_buffer"] /= DECAY

    return Loop()
