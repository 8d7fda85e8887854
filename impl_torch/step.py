"""The training step, once: forward, loss, backward, update."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from compare.contract import NO_OPTIMIZER, Optimizer
from torch import Tensor, nn
from torch.nn import functional

from impl_torch.optimizers import make_optimizer
from impl_torch.quirks import spelled


def sum_of_squares(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the squared error, summed over all elements."""
    return (outputs - targets).square().sum()


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy of logits, averaged over the batch."""
    return functional.cross_entropy(logits, labels)


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the squared error, averaged over the batch only."""
    return sum_of_squares(outputs, targets) / outputs.shape[0]


def mean_square(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the squared error, averaged over all elements."""
    return (outputs - targets).square().mean()


def token_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy over the last axis, averaged over the rest."""
    return functional.cross_entropy(logits.flatten(0, -2), labels.flatten())


LOSSES = {
    "sum_of_squares": sum_of_squares,
    "cross_entropy": cross_entropy,
    "squared_error": squared_error,
    "mean_square": mean_square,
    "token_cross_entropy": token_cross_entropy,
}


class Objective(nn.Module):
    """A model and its loss as one module, which a mode captures."""

    def __init__(self, model: nn.Module, *, loss: str) -> None:
        super().__init__()
        self.model = model
        self.loss = spelled(loss) if "." in loss else LOSSES[loss]

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        return self.loss_of(self.model(inputs), targets)

    def loss_of(self, output: Tensor, targets: Tensor) -> Tensor:
        loss = self.loss(output, targets)
        if hasattr(self.model, "remember"):  # it keeps losses in buffers
            self.model.remember(loss)  # type: ignore[operator]
        return loss


# differs: TorchScript reads the annotation; tf.function takes any inputs
class PairObjective(Objective):
    """The objective of a model whose inputs are two tensors."""

    def forward(  # type: ignore[override]
        self, inputs: tuple[Tensor, Tensor], targets: Tensor
    ) -> Tensor:
        return self.loss_of(self.model(inputs), targets)


def require_one_path(objective: Any, *, because: str) -> None:
    """Raise if Python chooses operations by the values of tensors.

    Raises:
        NotImplementedError: the model declares that it does.
    """
    if getattr(objective.model, "reads_values", False):
        raise NotImplementedError(
            f"a Python branch depends on a tensor's value: {because}"
        )


# differs: a model has a state, training or not; in TensorFlow, an argument
def infer(model: nn.Module, inputs: Tensor) -> Tensor:
    """Return a model's outputs outside training; change nothing."""
    with inference(model):
        return model(inputs)


@contextmanager
def inference(model: nn.Module) -> Iterator[None]:
    """Let layers that differ in training behave as outside it."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes.items():
            module.training = training


@dataclass(frozen=True, kw_only=True)
class TrainingStep:
    """A training step ready to run, and the graph that it runs in."""

    run: Callable[[Any, Any], Any]  # returns the loss; this is timed
    observe: Callable[[Any, Any], Any]  # the same, returns (loss, gradients)
    reset: Callable[[], None]  # resets the optimizer's state
    graph: Any = None  # what the mode captured, for introspect.py
    # Raises NotImplementedError for a batch that the graph does not fit.
    admit: Callable[[Any], None] = lambda _: None
    # differs: every mode updates the model; in TensorFlow, one updates a copy


def training_step(objective: Any, *, optimizer: Optimizer) -> TrainingStep:
    """Return the step of an objective, eager or captured."""
    if optimizer.name == NO_OPTIMIZER:
        return forward_step(objective)
    parameters = [p for p in objective.parameters() if p.requires_grad]
    update = Update(parameters, optimizer=optimizer)

    # differs: gradients accumulate in p.grad; TensorFlow's tape returns them
    def differentiate(inputs: Tensor, targets: Tensor) -> Tensor:
        for p in parameters:
            p.grad = None
        loss = objective(inputs, targets)
        loss.backward()
        return loss

    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        loss = differentiate(inputs, targets)
        update.step()
        return loss

    def observe(inputs: Tensor, targets: Tensor) -> Any:
        loss = differentiate(inputs, targets)
        gradients = [
            torch.zeros_like(p) if p.grad is None else p.grad.clone()
            for p in parameters
        ]
        update.step()
        return loss, gradients

    return TrainingStep(
        run=run, observe=observe, reset=update.reset, graph=objective
    )


def forward_step(objective: Any) -> TrainingStep:
    """Return a step that is the forward pass alone."""

    @torch.no_grad()
    def run(inputs: Any, targets: Any) -> Tensor:
        return objective(inputs, targets)

    def observe(inputs: Any, targets: Any) -> Any:
        return run(inputs, targets), []

    return TrainingStep(
        run=run, observe=observe, reset=lambda: None, graph=objective
    )


class Update:
    """How the parameters are updated."""

    def __init__(
        self, parameters: list[nn.Parameter], *, optimizer: Optimizer
    ) -> None:
        self._parameters, self._optimizer = parameters, optimizer
        self.reset()

    # differs: a new optimizer has a new state; TensorFlow resets variables
    def reset(self) -> None:
        self._made = make_optimizer(
            self._parameters, optimizer=self._optimizer
        )
        self.step = self._made.step
