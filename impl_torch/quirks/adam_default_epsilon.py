"""Adam: default epsilon 1e-8 after or 1e-7 before bias correction."""

from torch import nn
from torch.optim import Adam, Optimizer

RATE, BETA1, BETA2 = 2.0**-26, 0.875, 1 - 2.0**-10


def smaller(parameters: list[nn.Parameter]) -> Optimizer:
    return Adam(parameters, lr=RATE, betas=(BETA1, BETA2))


def larger(parameters: list[nn.Parameter]) -> Optimizer:
    optimizer = Adam(parameters, lr=RATE, betas=(BETA1, BETA2))
    steps = 0

    def scale_epsilon(*_: object) -> None:
        nonlocal steps
        steps += 1
        for group in optimizer.param_groups:
            group["eps"] = 1e-7 / (1 - BETA2**steps) ** 0.5

    optimizer.register_step_pre_hook(scale_epsilon)
    return optimizer
