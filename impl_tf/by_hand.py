"""A training step with gradients derived by hand, without a tape."""

from typing import Any

import tensorflow as tf
from compare.contract import Optimizer
from tensorflow import Tensor

from impl_tf.models.two_layer import TwoLayer
from impl_tf.step import Objective, TrainingStep, sum_of_squares


class ByHand(tf.Module):
    """Loss, gradients and update of `two_layer`, written out."""

    # differs: variables are shared; tensors without a history share memory
    def __init__(self, objective: Any, *, optimizer: Optimizer) -> None:
        super().__init__()
        model = require_two_layer(objective, optimizer=optimizer)
        self.hidden = model.hidden.weight  # (inputs, hidden)
        self.output = model.output.weight  # (hidden, outputs)
        self.rate = optimizer.learning_rate

    def __call__(
        self, x: Tensor, y: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        z = tf.matmul(x, self.hidden)  # (N, hidden)
        h = tf.nn.relu(z)
        error = tf.matmul(h, self.output) - y  # (N, outputs)
        loss = tf.reduce_sum(error * error)

        d_error = 2 * error
        d_output = tf.matmul(h, d_error, transpose_a=True)
        d_h = tf.matmul(d_error, self.output, transpose_b=True)
        d_z = d_h * tf.cast(z > 0, z.dtype)
        d_hidden = tf.matmul(x, d_z, transpose_a=True)

        self.hidden.assign_sub(self.rate * d_hidden)
        self.output.assign_sub(self.rate * d_output)
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


def whole_step(step: tf.Module) -> TrainingStep:
    """Return the step of a module that updates the parameters itself."""

    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        loss, _ = step(inputs, targets)
        return loss

    # A plain update has no state to reset.
    return TrainingStep(run=run, observe=step, reset=lambda: None)
