"""The training step of Keras: compile a model, then train_on_batch."""

import inspect
from typing import Any

import keras
import tensorflow as tf
from compare.contract import NO_OPTIMIZER, Optimizer
from keras import optimizers
from tensorflow import Tensor

from impl_tf.keras_model import Loss, Observed, Trained
from impl_tf.optimizers import make_optimizer
from impl_tf.step import TrainingStep, require_one_path


def keras_step(
    objective: Any, *, optimizer: Optimizer, **options: bool
) -> TrainingStep:
    """Return the step of a `keras.Model` compiled with these options."""
    if optimizer.name == NO_OPTIMIZER:
        raise NotImplementedError("train_on_batch always updates parameters")
    if not options["run_eagerly"]:
        require_one_path(
            objective, because="Keras traces it without AutoGraph"
        )
    parameters = list(objective.trainable_variables)
    update = make_keras_optimizer(parameters, optimizer=optimizer)
    model, observed = Trained(objective), Observed(objective)
    for each in (model, observed):
        each.compile(update, loss=Loss(objective), **options)
    observed.make_train_function()
    # Keras returns a Python float, which TensorFlow would round to float32.
    # In bfloat16 it returns a tensor: NumPy does not convert it.
    scalar = parameters[0].dtype.as_numpy_dtype
    at_first = [v.numpy() for v in update.variables]

    def run(inputs: Tensor, targets: Tensor) -> Any:
        return scalar(float(model.train_on_batch(inputs, targets)))

    def observe(inputs: Tensor, targets: Tensor) -> Any:
        # train_on_batch would convert the results to floats.
        found = observed.train_function(iter([(inputs, targets)]))
        return found["loss"], found["gradients"]

    def reset() -> None:
        for variable, value in zip(update.variables, at_first, strict=True):
            variable.assign(value)

    return TrainingStep(
        run=run, observe=observe, reset=reset, graph=TrainFunction(model)
    )


def make_keras_optimizer(
    parameters: list[tf.Variable], *, optimizer: Optimizer
) -> optimizers.Optimizer:
    """Return the optimizer of a workload as one that Keras accepts."""
    if optimizer.has_state and "." not in optimizer.name:
        update = make_optimizer(parameters, optimizer=optimizer)
        return WrittenOut(update, learning_rate=optimizer.learning_rate)
    if optimizer.name != "gradient_descent":
        return make_optimizer(parameters, optimizer=optimizer)
    # The rate becomes a variable in the session's dtype: it is not rounded
    # to float32. The update is p - rate * gradient, as written out.
    sgd = optimizers.SGD(optimizer.learning_rate, momentum=0.0)
    sgd.build(parameters)
    return sgd


class WrittenOut(optimizers.Optimizer):
    """An update that is written out, as an optimizer that Keras accepts."""

    def __init__(self, update: Any, *, learning_rate: float) -> None:
        super().__init__(learning_rate=learning_rate)
        self._update = update

    @property
    def variables(self) -> list[tf.Variable]:
        return list(self._update.variables)

    def apply(self, grads: list[Tensor], _: Any = None) -> None:
        self._update.apply(grads)


class TrainFunction:
    """The tf.function in which Keras wraps a model's training step."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model

    def experimental_get_tracing_count(self) -> int:
        function = self.wrapped()
        return function.experimental_get_tracing_count() if function else 0

    def get_concrete_function(self, *batch: Tensor) -> Any:
        # Keras passes a batch with its sample weights: none here.
        return self.wrapped().get_concrete_function((*batch, None))

    def experimental_get_compiler_ir(self, *batch: Tensor) -> Any:
        return self.wrapped().experimental_get_compiler_ir((*batch, None))

    def wrapped(self) -> Any:
        """Return the function, None if Keras runs the step eagerly."""
        run = self._model.train_function
        if run is None:  # no step has run yet
            return None
        step = inspect.getclosurevars(run).nonlocals["one_step_on_data"]
        found = inspect.unwrap(step, stop=is_function)
        return found if is_function(found) else None


def is_function(candidate: Any) -> bool:
    """Return whether this is a tf.function, not a function of Python."""
    return hasattr(candidate, "get_concrete_function")
