"""Adam epsilon: added after or before bias correction."""

from torch import nn
from torch.optim import Adam, Optimizer

RATE, BETA1, BETA2, EPSILON = 2.0**-7, 0.875, 0.9375, 2.0**-6


def after_correction(parameters: list[nn.Parameter]) -> Optimizer:
    return Adam(parameters, lr=RATE, betas=(BETA1, BETA2), eps=EPSILON)


def before_correction(parameters: list[nn.Parameter]) -> Optimizer:
    optimizer = Adam(parameters, lr=RATE, betas=(BETA1, BETA2))
    steps = 0

    def scale_epsilon(*_: object) -> None:
        nonlocal steps
        steps += 1
        for group in optimizer.param_groups:
            group["eps"] = EPSILON / (1 - BETA2**steps) ** 0.5

    optimizer.register_step_pre_hook(scale_epsilon)
    return optimizer
