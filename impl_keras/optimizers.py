"""The optimizers of `compare.contract.Optimizer`, for `Model.compile`."""

from typing import Any

import keras
from compare.contract import Optimizer
from keras import ops, optimizers


def make_optimizer(optimizer: Optimizer) -> optimizers.Optimizer:
    """Return an optimizer that computes the documented updates."""
    own = optimizer
    if own.name in STATEFUL and not is_momentum_of_keras(own):
        return STATEFUL[own.name](own)
    has_decay = own.name != "gradient_descent" and own.weight_decay > 0
    return optimizers.SGD(
        learning_rate=own.learning_rate,
        momentum=own.momentum if own.name == "momentum" else 0.0,
        # Keras decays apart from the gradient: the same in plain SGD.
        weight_decay=own.weight_decay if has_decay else None,
    )


def is_momentum_of_keras(optimizer: Optimizer) -> bool:
    """Return whether Keras computes this momentum.

    Its velocity contains the learning rate, but no weight decay.
    """
    return optimizer.name == "momentum" and not optimizer.weight_decay


class WrittenOut(optimizers.Optimizer):
    """An update that Keras computes otherwise under the same name."""

    memories = 1  # tensors that are kept for each parameter

    def __init__(self, optimizer: Optimizer) -> None:
        super().__init__(learning_rate=optimizer.learning_rate)
        self.own = optimizer

    def build(self, variables: list[keras.Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self.kept = [
            self.add_optimizer_variables(variables, f"memory{number}")
            for number in range(self.memories)
        ]

    def memory_of(self, variable: keras.Variable) -> list[keras.Variable]:
        """Return what is kept for a parameter."""
        place = self._get_variable_index(variable)
        return [variables[place] for variables in self.kept]

    def decayed(self, gradient: Any, variable: keras.Variable) -> Any:
        """Return a gradient with a coupled weight decay, as a dense tensor."""
        decay = 0.0 if self.own.name == "adamw" else self.own.weight_decay
        # TensorFlow's gradient of a table is sparse; a sum with it is not.
        is_sparse = hasattr(gradient, "dense_shape")
        if not (decay or is_sparse):
            return gradient
        return ops.add(gradient, decay * ops.convert_to_tensor(variable))

    def move(self, variable: keras.Variable, change: Any, rate: Any) -> None:
        """Subtract a change, multiplied by the learning rate."""
        rate = ops.cast(rate, variable.dtype)
        self.assign_sub(variable, rate * change)


class Momentum(WrittenOut):
    """SGD with momentum, and a weight decay within the velocity."""

    def update_step(
        self, gradient: Any, variable: keras.Variable, learning_rate: Any
    ) -> None:
        (velocity,) = self.memory_of(variable)
        g = self.decayed(gradient, variable)
        self.assign(velocity, self.own.momentum * velocity + g)
        self.move(variable, velocity.value, learning_rate)


class RMSprop(WrittenOut):
    """RMSprop. Keras would add epsilon under the root."""

    def update_step(
        self, gradient: Any, variable: keras.Variable, learning_rate: Any
    ) -> None:
        (square,) = self.memory_of(variable)
        kept = self.own.momentum
        g = self.decayed(gradient, variable)
        self.assign(square, kept * square + (1 - kept) * ops.square(g))
        root = ops.sqrt(square) + self.own.epsilon
        self.move(variable, g / root, learning_rate)


class Adam(WrittenOut):
    """Adam and AdamW. Keras would add epsilon before bias correction."""

    memories = 2

    def update_step(
        self, gradient: Any, variable: keras.Variable, learning_rate: Any
    ) -> None:
        own, (beta1, beta2) = self.own, self.own.betas
        mean, square = self.memory_of(variable)
        # In float64, because 16 bits would round beta2 to 1.
        steps = ops.cast(self.iterations + 1, "float64")
        first, second = (
            ops.cast(1 - ops.power(ops.cast(b, "float64"), steps), mean.dtype)
            for b in (beta1, beta2)
        )
        g = self.decayed(gradient, variable)
        if own.name == "adamw":
            self.move(variable, own.weight_decay * variable, learning_rate)
        self.assign(mean, beta1 * mean + (1 - beta1) * g)
        self.assign(square, beta2 * square + (1 - beta2) * ops.square(g))
        root = ops.sqrt(square / second) + own.epsilon
        self.move(variable, mean / first / root, learning_rate)


STATEFUL = {
    "momentum": Momentum,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": Adam,
}
