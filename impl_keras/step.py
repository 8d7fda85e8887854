"""The training step: Keras' own, of a model with its loss and optimizer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
from compare.contract import Optimizer
from keras import ops

from impl_keras.optimizers import make_optimizer

LOSS, GRADIENTS = "loss of the step", "gradients"  # in the logs of a step


def sum_of_squares(targets: Any, outputs: Any) -> Any:
    """Return the squared error, summed over all elements."""
    return ops.sum(ops.square(outputs - targets))


def squared_error(targets: Any, outputs: Any) -> Any:
    """Return the squared error, averaged over the batch only."""
    return sum_of_squares(targets, outputs) / ops.shape(outputs)[0]


def cross_entropy() -> keras.losses.Loss:
    """Return the cross-entropy of logits, averaged over all labels."""
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


LOSSES: dict[str, Callable[[], Any]] = {
    "sum_of_squares": lambda: sum_of_squares,
    "cross_entropy": cross_entropy,
    "squared_error": lambda: squared_error,
    "mean_square": keras.losses.MeanSquaredError,
    "token_cross_entropy": cross_entropy,
}


class Kept:
    """What a step computes besides the logs of Keras."""

    loss: Any
    gradients: list[Any] | None = None  # where they are observed


class StepLoss(keras.metrics.Mean):
    """The mean of the losses that Keras reports; it also keeps the last one.

    The mean is rounded, and is that of all steps since the last reset.
    """

    def __init__(self, kept: Kept) -> None:
        super().__init__(name="loss")
        self.kept = kept

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        self.kept.loss = values
        super().update_state(values, sample_weight)


class Trained(keras.Model):
    """A network whose steps are those of Keras. Their logs have the loss."""

    def __init__(self, network: keras.Model) -> None:
        super().__init__(network.input, network.output)
        self.kept = Kept()
        self.rememberers = [
            each for each in self.layers if hasattr(each, "remember")
        ]

    def compute_loss(self, *args: Any, **options: Any) -> Any:
        loss = super().compute_loss(*args, **options)
        for layer in self.rememberers:  # it keeps losses in a buffer
            layer.remember(loss)
        return loss

    def compute_metrics(self, *args: Any, **options: Any) -> dict[str, Any]:
        logs = {**super().compute_metrics(*args, **options)}
        logs[LOSS] = self.kept.loss
        if self.kept.gradients is not None:
            logs[GRADIENTS] = [*self.kept.gradients]
        return logs

    def observed_step(self, *arguments: Any) -> Any:
        """Run Keras' step; its logs also have the gradients."""
        with recording_gradients(self.optimizer) as found:
            self.kept.gradients = found
            try:
                return super().train_step(*arguments)
            finally:
                self.kept.gradients = None


@contextmanager
def recording_gradients(optimizer: Any) -> Iterator[list[Any]]:
    """Yield a list, and fill it with the gradients that are applied."""
    apply, found = optimizer.apply, []

    def recorded(gradients: Any, variables: Any = None) -> None:
        found.extend(gradients)
        apply(gradients, variables)

    object.__setattr__(optimizer, "apply", recorded)
    try:
        yield found
    finally:
        object.__delattr__(optimizer, "apply")


def compile_model(
    network: keras.Model, *, loss: str, optimizer: Optimizer, **how: Any
) -> Trained:
    """Return a network as a compiled Keras model that can be trained.

    Args:
        network: the layers.
        loss: by its name in a workload.
        optimizer: of the workload.
        how: keyword arguments of `keras.Model.compile`.
    """
    model = Trained(network)
    model.compile(make_optimizer(optimizer), loss=LOSSES[loss](), **how)
    # Keras would track an assigned metric, and update it twice.
    object.__setattr__(model, "_loss_tracker", StepLoss(model.kept))
    model.optimizer.build(model.trainable_variables)
    return model


@contextmanager
def replacing_step(model: Trained, step: Any) -> Iterator[None]:
    """Let Keras make train functions of another step meanwhile."""
    object.__setattr__(model, "train_step", step)
    try:
        yield
    finally:
        object.__delattr__(model, "train_step")


def make_observed(model: Trained) -> Any:
    """Return a train function of Keras whose logs have the gradients."""
    timed = model.train_function
    with replacing_step(model, model.observed_step):
        model.make_train_function(force=True)
    observed, model.train_function = model.train_function, timed
    return observed
