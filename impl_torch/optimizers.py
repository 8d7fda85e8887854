"""The optimizers: plain updates written out, the others from torch.optim."""

from typing import Any

import torch
from compare.contract import Optimizer
from torch import nn

from impl_torch.quirks import spelled


class GradientDescent:
    """The plain update, written out."""

    def __init__(
        self, parameters: list[nn.Parameter], *, learning_rate: float
    ) -> None:
        self._parameters, self._rate = parameters, learning_rate

    @torch.no_grad()
    def step(self) -> None:
        for p in self._parameters:
            if p.grad is not None:  # the loss does not depend on it
                p.sub_(p.grad, alpha=self._rate)


def make_optimizer(
    parameters: list[nn.Parameter], *, optimizer: Optimizer
) -> Any:
    """Return the optimizer of a workload for these parameters."""
    if "." in optimizer.name:
        return spelled(optimizer.name)(parameters)
    rate = optimizer.learning_rate
    if optimizer.name == "gradient_descent":
        return GradientDescent(parameters, learning_rate=rate)
    # In 16 bits, torch 2.13's fused CPU kernel updates only tensors' tails.
    fused = parameters[0].dtype not in (torch.bfloat16, torch.float16)
    if optimizer.name != "sgd":
        return make_stateful(parameters, optimizer=optimizer, fused=fused)
    return torch.optim.SGD(
        parameters,
        lr=rate,
        momentum=0.0,
        dampening=0.0,
        nesterov=False,
        weight_decay=optimizer.weight_decay,
        fused=fused,
    )


# differs: the library's classes; Keras computes something else under the names
def make_stateful(
    parameters: list[nn.Parameter], *, optimizer: Optimizer, fused: bool
) -> Any:
    """Return an optimizer with a state, such as a velocity."""
    shared: dict[str, Any] = {
        "lr": optimizer.learning_rate,
        "weight_decay": optimizer.weight_decay,
    }
    if optimizer.name == "momentum":
        return torch.optim.SGD(
            parameters,
            **shared,
            momentum=optimizer.momentum,
            dampening=0.0,
            nesterov=False,
            fused=fused,
        )
    shared["eps"] = optimizer.epsilon
    if optimizer.name == "rmsprop":  # it has no fused kernel
        return torch.optim.RMSprop(
            parameters,
            **shared,
            alpha=optimizer.momentum,
            momentum=0.0,
            centered=False,
            foreach=True,
        )
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    return kind[optimizer.name](
        parameters,
        **shared,
        betas=optimizer.betas,
        amsgrad=False,
        fused=fused,
    )
