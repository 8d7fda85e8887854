"""A network and its loss as Keras has them: a model, ready to compile."""

from typing import Any

import keras
import tensorflow as tf
from keras import losses, optimizers
from tensorflow import Tensor


class Trained(keras.Model):
    """The network of an objective as a Keras model.

    Only `train_step` is overridden: Keras reports a loss that was multiplied
    by the batch size and divided again, which may round or overflow.
    """

    optimizer: Any

    def __init__(self, objective: Any) -> None:
        super().__init__()
        self._network, self._objective = objective.model, objective
        # Keras trains variables of its own class. These share the memory of
        # the network's, which the harness loads and reads.
        self.shared = [
            keras.Variable(p, dtype=p.dtype.name)
            for p in objective.trainable_variables
            if not isinstance(objective.model, keras.layers.Layer)
        ]

    def call(self, inputs: Tensor) -> Tensor:
        return self._objective.output_of(inputs)

    def train_step(self, data: Any) -> dict[str, Any]:
        super().train_step(data)
        return {"loss": self.loss.value}


class Observed(Trained):
    """The same model, whose step also returns the gradients."""

    def train_step(self, data: Any) -> dict[str, Any]:
        update, kept = self.optimizer, Recorder(self.optimizer)
        self.optimizer = kept
        try:
            found = super().train_step(data)
        finally:
            self.optimizer = update
        return {**found, "gradients": kept.gradients}


class Recorder:
    """An optimizer that keeps the gradients that it receives."""

    def __init__(self, optimizer: optimizers.Optimizer) -> None:
        self._optimizer = optimizer
        self.gradients: list[Tensor] = []
        self.scale_loss = optimizer.scale_loss

    def apply_gradients(self, pairs: Any) -> None:
        pairs = list(pairs)
        self.gradients = [
            # None for a parameter that the loss does not depend on.
            tf.zeros_like(p) if g is None else tf.convert_to_tensor(g)
            for g, p in pairs
        ]
        self._optimizer.apply_gradients(pairs)


class Loss(losses.Loss):
    """The loss of an objective, which is a scalar.

    Keras would convert integer labels to floating-point numbers in
    `__call__`, and average a loss per example over the batch.
    """

    def __init__(self, objective: Any) -> None:
        super().__init__(reduction=None)
        self._loss = objective.loss_of

    def __call__(self, targets: Tensor, outputs: Tensor, *_: None) -> Tensor:
        self.value = self._loss(outputs, targets)
        return self.value


def outermost_layers(model: Any) -> list[Any]:
    """Return a Keras model, or the Keras layers that a tf.Module contains.

    A tf.Module does not track the variables of such layers.
    """
    if isinstance(model, keras.layers.Layer):
        return [model]
    return list(
        model._flatten(
            predicate=lambda member: isinstance(member, keras.layers.Layer)
        )
    )


def name_layers(model: Any) -> dict[int, str]:
    """Return the names of all Keras layers within a model, by identity."""
    named: dict[int, str] = {}
    for outer in outermost_layers(model):
        for layer in outer._flatten_layers():
            path = (layer.path or layer.name).replace("/", ".")
            name, count = path, 1
            while name in named.values():
                count += 1
                name = f"{path}_{count}"
            named.setdefault(id(layer), name)
    return named
