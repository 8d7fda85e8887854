"""The training step, once: forward, loss, backward, update."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from compare.contract import Optimizer
from torch import Tensor, nn
from torch.nn import functional


def sum_of_squares(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared error, summed over everything."""
    return (outputs - targets).square().sum()


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of logits, averaged over the batch."""
    return functional.cross_entropy(logits, labels)


LOSSES = {"sum_of_squares": sum_of_squares, "cross_entropy": cross_entropy}


class Objective(nn.Module):
    """A model and its loss as one module: what a mode captures."""

    def __init__(self, model: nn.Module, *, loss: str) -> None:
        super().__init__()
        self.model = model
        self.loss = LOSSES[loss]

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self.model(inputs), targets)


@dataclass(frozen=True, kw_only=True)
class TrainingStep:
    """A training step ready to run, and whatever graph it runs through."""

    run: Callable[[Any, Any], Any]  # returns the loss: this is what is timed
    observe: Callable[[Any, Any], Any]  # the same, returns (loss, gradients)
    graph: Any = None  # what the mode captured, for introspect.py


def training_step(objective: Any, *, optimizer: Optimizer) -> TrainingStep:
    """The step around an objective, whatever the objective runs as."""
    parameters = list(objective.parameters())
    update = updates(parameters, optimizer=optimizer)

    # differs: gradients gather in p.grad, TensorFlow's tape returns them
    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        for p in parameters:
            p.grad = None
        loss = objective(inputs, targets)
        loss.backward()
        update()
        return loss

    def observe(inputs: Tensor, targets: Tensor) -> Any:
        loss = run(inputs, targets)
        return loss, [p.grad for p in parameters]

    return TrainingStep(run=run, observe=observe, graph=objective)


def updates(
    parameters: list[nn.Parameter], *, optimizer: Optimizer
) -> Callable[[], Any]:
    """How the parameters follow their gradients."""
    rate = optimizer.learning_rate
    if optimizer.name == "gradient_descent":

        def gradient_descent() -> None:
            with torch.no_grad():
                for p in parameters:
                    p.sub_(p.grad, alpha=rate)

        return gradient_descent
    sgd = torch.optim.SGD(
        parameters,
        lr=rate,
        momentum=0.0,
        dampening=0.0,
        nesterov=False,
        weight_decay=optimizer.weight_decay,
        fused=True,
    )
    return sgd.step
