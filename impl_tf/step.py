"""The training step, once: forward, loss, backward, update."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf
from compare.contract import Optimizer
from tensorflow import Tensor


def sum_of_squares(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared error, summed over everything."""
    return tf.reduce_sum(tf.square(outputs - targets))


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of logits, averaged over the batch."""
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return tf.reduce_mean(each)


LOSSES = {"sum_of_squares": sum_of_squares, "cross_entropy": cross_entropy}


class Objective(tf.Module):
    """A model and its loss as one module: what the step differentiates."""

    def __init__(self, model: tf.Module, *, loss: str) -> None:
        super().__init__()
        self.model = model
        self.loss = LOSSES[loss]

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self.model(inputs), targets)


@dataclass(frozen=True, kw_only=True)
class TrainingStep:
    """A training step ready to run, and whatever graph it runs through."""

    run: Callable[[Any, Any], Any]  # returns the loss: this is what is timed
    observe: Callable[[Any, Any], Any]  # the same, returns (loss, gradients)
    graph: Any = None  # what the mode captured, for introspect.py


def training_step(objective: Any, *, optimizer: Optimizer) -> TrainingStep:
    """The step around an objective, for any mode to run or to capture."""
    parameters = list(objective.trainable_variables)
    update = updates(parameters, optimizer=optimizer)

    # differs: a tape returns the gradients, PyTorch gathers them in p.grad
    def observe(inputs: Tensor, targets: Tensor) -> Any:
        with tf.GradientTape() as tape:
            loss = objective(inputs, targets)
        gradients = tape.gradient(loss, parameters)
        update(gradients)
        return loss, gradients

    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        loss, _ = observe(inputs, targets)
        return loss

    return TrainingStep(run=run, observe=observe)


def updates(
    parameters: list[tf.Variable], *, optimizer: Optimizer
) -> Callable[[list[Tensor]], Any]:
    """How the parameters follow their gradients."""
    rate = optimizer.learning_rate
    if optimizer.name == "gradient_descent":

        def gradient_descent(gradients: list[Tensor]) -> None:
            for p, gradient in zip(parameters, gradients, strict=True):
                p.assign_sub(rate * gradient)

        return gradient_descent
    sgd = keras.optimizers.SGD(
        learning_rate=rate,
        momentum=0.0,
        nesterov=False,
        # Keras decays beside the gradient, PyTorch in it: the same in SGD.
        weight_decay=optimizer.weight_decay,
    )
    sgd.build(parameters)
    return sgd.apply
