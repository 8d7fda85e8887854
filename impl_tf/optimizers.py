"""The optimizers: SGD from Keras, the others written out as in PyTorch."""

from typing import Any

import keras
import tensorflow as tf
from compare.contract import Optimizer
from tensorflow import Tensor

from impl_tf.quirks import spelled


class GradientDescent:
    """The plain update, written out."""

    variables = ()  # it has no state

    def __init__(
        self, parameters: list[tf.Variable], *, learning_rate: float
    ) -> None:
        self._parameters, self._rate = parameters, learning_rate

    def apply(self, gradients: list[Tensor]) -> None:
        for p, gradient in zip(self._parameters, gradients, strict=True):
            # The gradient of a gathered table is sparse: IndexedSlices.
            p.assign_sub(self._rate * tf.convert_to_tensor(gradient))


def make_optimizer(
    parameters: list[tf.Variable], *, optimizer: Optimizer
) -> Any:
    """Return the optimizer of a workload for these parameters."""
    if "." in optimizer.name:
        own = spelled(optimizer.name)(parameters)
        own.build(parameters)
        return own
    rate = optimizer.learning_rate
    if optimizer.name == "gradient_descent":
        return GradientDescent(parameters, learning_rate=rate)
    if optimizer.name != "sgd":
        return STATEFUL[optimizer.name](parameters, optimizer=optimizer)
    sgd = keras.optimizers.SGD(
        learning_rate=rate,
        momentum=0.0,
        nesterov=False,
        # Keras decays apart from the gradient, PyTorch within it: same in SGD.
        weight_decay=optimizer.weight_decay,
    )
    sgd.build(parameters)
    return sgd


# differs: written out; under the same names, Keras computes something else
class Momentum:
    """SGD with momentum. Keras would keep the weight decay out of it."""

    def __init__(
        self, parameters: list[tf.Variable], *, optimizer: Optimizer
    ) -> None:
        self._parameters, self._optimizer = parameters, optimizer
        self.variables = zeros_like(parameters)

    def apply(self, gradients: list[Tensor]) -> None:
        own = self._optimizer
        each = zip(self._parameters, gradients, self.variables, strict=True)
        for p, gradient, velocity in each:
            g = decayed(gradient, p, decay=own.weight_decay)
            velocity.assign(own.momentum * velocity + g)
            p.assign_sub(own.learning_rate * velocity)


class RMSprop:
    """RMSprop. Keras would add epsilon under the root."""

    def __init__(
        self, parameters: list[tf.Variable], *, optimizer: Optimizer
    ) -> None:
        self._parameters, self._optimizer = parameters, optimizer
        self.variables = zeros_like(parameters)

    def apply(self, gradients: list[Tensor]) -> None:
        own, kept = self._optimizer, self._optimizer.momentum
        each = zip(self._parameters, gradients, self.variables, strict=True)
        for p, gradient, square in each:
            g = decayed(gradient, p, decay=own.weight_decay)
            square.assign(kept * square + (1 - kept) * tf.square(g))
            root = tf.sqrt(square) + own.epsilon
            p.assign_sub(own.learning_rate * g / root)


class Adam:
    """Adam and AdamW. Keras would add epsilon before bias correction."""

    def __init__(
        self, parameters: list[tf.Variable], *, optimizer: Optimizer
    ) -> None:
        self._parameters, self._optimizer = parameters, optimizer
        self._steps = tf.Variable(0.0, dtype=tf.float64, trainable=False)
        self._moments = zeros_like(parameters), zeros_like(parameters)
        self.variables = [self._steps, *self._moments[0], *self._moments[1]]

    def apply(self, gradients: list[Tensor]) -> None:
        own, (beta1, beta2) = self._optimizer, self._optimizer.betas
        is_decoupled = own.name == "adamw"
        self._steps.assign_add(1.0)
        # In float64, because 16 bits would round beta2 to 1.
        corrections = 1 - beta1**self._steps, 1 - beta2**self._steps
        each = zip(self._parameters, gradients, *self._moments, strict=True)
        for p, gradient, mean, square in each:
            first, second = (tf.cast(c, p.dtype) for c in corrections)
            g = decayed(
                gradient, p, decay=0.0 if is_decoupled else own.weight_decay
            )
            if is_decoupled:
                p.assign_sub(own.learning_rate * own.weight_decay * p)
            mean.assign(beta1 * mean + (1 - beta1) * g)
            square.assign(beta2 * square + (1 - beta2) * tf.square(g))
            root = tf.sqrt(square / second) + own.epsilon
            p.assign_sub(own.learning_rate * (mean / first) / root)


STATEFUL = {
    "momentum": Momentum,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": Adam,
}


def zeros_like(parameters: list[tf.Variable]) -> list[tf.Variable]:
    """Return one variable of zeros for each parameter."""
    return [tf.Variable(tf.zeros_like(p), trainable=False) for p in parameters]


def decayed(gradient: Tensor, p: tf.Variable, *, decay: float) -> Tensor:
    """Return a gradient with the weight decay, as a dense tensor."""
    dense = tf.convert_to_tensor(gradient)
    return dense + decay * p if decay else dense
