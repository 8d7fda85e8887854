"""A training step with gradients derived by hand, without autograd."""

from typing import Any

import torch
from compare.contract import Optimizer
from torch import Tensor, nn

from impl_torch.models.two_layer import TwoLayer
from impl_torch.step import Objective, TrainingStep, sum_of_squares


class ByHand(nn.Module):
    """Loss, gradients and update of `two_layer`, written out."""

    # differs: tensors without a history share memory; variables are shared
    def __init__(self, objective: Any, *, optimizer: Optimizer) -> None:
        super().__init__()
        model = require_two_layer(objective, optimizer=optimizer)
        self.hidden = model.hidden.weight.detach()  # (hidden, inputs)
        self.output = model.output.weight.detach()  # (outputs, hidden)
        self.rate = optimizer.learning_rate

    def forward(
        self, x: Tensor, y: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        z = x @ self.hidden.T  # (N, hidden)
        h = torch.relu(z)
        error = h @ self.output.T - y  # (N, outputs)
        loss = (error * error).sum()

        d_error = 2 * error
        d_output = d_error.T @ h
        d_h = d_error @ self.output
        d_hidden = (d_h * (z > 0)).T @ x

        self.hidden.sub_(d_hidden, alpha=self.rate)
        self.output.sub_(d_output, alpha=self.rate)
        return loss, (d_hidden, d_output)


def require_two_layer(objective: Any, *, optimizer: Optimizer) -> TwoLayer:
    """Return the model of an objective.

    Raises:
        NotImplementedError: no gradients are derived by hand for it.
    """
    if (
        isinstance(objective, Objective)
        and isinstance(objective.model, TwoLayer)
        and objective.loss is sum_of_squares
        and optimizer.name == "gradient_descent"
    ):
        return objective.model
    raise NotImplementedError("gradients by hand exist for two_layer only")


def whole_step(step: nn.Module) -> TrainingStep:
    """Return the step of a module that updates the parameters itself."""

    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        loss, _ = step(inputs, targets)
        return loss

    # A plain update has no state to reset.
    return TrainingStep(run=run, observe=step, reset=lambda: None)
