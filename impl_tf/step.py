"""The training step, once: forward, loss, backward, update."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import tensorflow as tf
from compare.contract import NO_OPTIMIZER, Optimizer
from tensorflow import Tensor

from impl_tf.optimizers import make_optimizer
from impl_tf.quirks import spelled


def sum_of_squares(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the squared error, summed over all elements."""
    return tf.reduce_sum(tf.square(outputs - targets))


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy of logits, averaged over the batch."""
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return tf.reduce_mean(each)


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the squared error, averaged over the batch only."""
    batch = tf.cast(tf.shape(outputs)[0], outputs.dtype)
    return sum_of_squares(outputs, targets) / batch


def mean_square(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the squared error, averaged over all elements."""
    return tf.reduce_mean(tf.square(outputs - targets))


def token_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy over the last axis, averaged over the rest."""
    return cross_entropy(logits, labels)


LOSSES = {
    "sum_of_squares": sum_of_squares,
    "cross_entropy": cross_entropy,
    "squared_error": squared_error,
    "mean_square": mean_square,
    "token_cross_entropy": token_cross_entropy,
}


class Objective(tf.Module):
    """A model and its loss as one module, which the step differentiates."""

    def __init__(self, model: tf.Module, *, loss: str) -> None:
        super().__init__()
        self.model = model
        self.loss = spelled(loss) if "." in loss else LOSSES[loss]

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        return self.loss_of(self.model(inputs), targets)

    # differs: it takes any inputs; TorchScript reads their annotation
    def output_of(self, inputs: Tensor) -> Tensor:
        return self.model(inputs)

    def loss_of(self, output: Tensor, targets: Tensor) -> Tensor:
        loss = self.loss(output, targets)
        if hasattr(self.model, "remember"):  # it keeps losses in buffers
            self.model.remember(loss)
        return loss


def require_one_path(objective: Any, *, because: str) -> None:
    """Raise if Python chooses operations by the values of tensors.

    Raises:
        NotImplementedError: the model declares that it does.
    """
    if getattr(objective.model, "reads_values", False):
        raise NotImplementedError(
            f"a Python branch depends on a tensor's value: {because}"
        )


# differs: training is an argument, if a model needs it; in PyTorch, a state
def infer(model: tf.Module, inputs: Tensor) -> Tensor:
    """Return a model's outputs outside training; change nothing."""
    needed = "training" in signature(model.__call__).parameters
    return model(inputs, training=False) if needed else model(inputs)


@dataclass(frozen=True, kw_only=True)
class TrainingStep:
    """A training step ready to run, and the graph that it runs in."""

    run: Callable[[Any, Any], Any]  # returns the loss; this is timed
    observe: Callable[[Any, Any], Any]  # the same, returns (loss, gradients)
    reset: Callable[[], None]  # resets the optimizer's state
    graph: Any = None  # what the mode captured, for introspect.py
    # Raises NotImplementedError for a batch that the graph does not fit.
    admit: Callable[[Any], None] = lambda _: None
    # differs: a session of a tf.Graph has copies of the model's variables
    to_model: Callable[[], None] = lambda: None
    from_model: Callable[[], None] = lambda: None


def training_step(objective: Any, *, optimizer: Optimizer) -> TrainingStep:
    """Return the step of an objective, for a mode to run or capture."""
    if optimizer.name == NO_OPTIMIZER:
        return forward_step(objective)
    parameters = list(objective.trainable_variables)
    update = Update(parameters, optimizer=optimizer)

    # differs: a tape returns gradients; PyTorch accumulates them in p.grad
    def observe(inputs: Tensor, targets: Tensor) -> Any:
        with tf.GradientTape() as tape:
            loss = objective(inputs, targets)
        # Zeros for a parameter that the loss does not depend on.
        gradients = tape.gradient(
            loss, parameters, unconnected_gradients="zero"
        )
        update.step(gradients)
        return loss, gradients

    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        loss, _ = observe(inputs, targets)
        return loss

    return TrainingStep(run=run, observe=observe, reset=update.reset)


def forward_step(objective: Any) -> TrainingStep:
    """Return a step that is the forward pass alone."""

    def run(inputs: Any, targets: Any) -> Tensor:
        return objective(inputs, targets)

    def observe(inputs: Any, targets: Any) -> Any:
        return run(inputs, targets), []

    return TrainingStep(run=run, observe=observe, reset=lambda: None)


class Update:
    """How the parameters are updated."""

    def __init__(
        self, parameters: list[tf.Variable], *, optimizer: Optimizer
    ) -> None:
        self._made = make_optimizer(parameters, optimizer=optimizer)
        self.step = self._made.apply
        self._at_first = [v.numpy() for v in self._made.variables]

    # differs: variables are reset; PyTorch builds a new optimizer
    def reset(self) -> None:
        memory = self._made.variables
        for variable, value in zip(memory, self._at_first, strict=True):
            variable.assign(value)
