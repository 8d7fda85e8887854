"""Users' own models: how they are built, called and read."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import keras
import tensorflow as tf
from compare.contract import Dtype
from tensorflow import Tensor

from impl_tf import draws, layout
from impl_tf.axes import canonical_axes
from impl_tf.guesses import declared_inputs, layer_inputs, read_examples
from impl_tf.keras_model import outermost_layers
from impl_tf.step import LOSSES

__all__ = [
    "LOSSES",
    "canonical_axes",
    "declared_inputs",
    "layer_inputs",
    "read_examples",
]

Named = Mapping[str, Tensor]


def restart_names() -> None:
    """Let a model that is built again have the same names."""
    # differs: Keras numbers the layers of a process; PyTorch uses attributes
    keras.backend.clear_session(free_memory=False)


def prepare(*, dtype: Dtype, seed: int) -> None:
    """Seed everything that a model may draw, before it is built or called."""
    # Keras builds layers and keeps learning rates in this dtype.
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    keras.utils.set_random_seed(seed)


def repeat_draws() -> None:
    """Let every mode and every dtype draw the same random numbers."""
    # differs: masks depend on dtype and compiler here; an option in PyTorch
    from keras.src.backend import random

    random.dropout = draws.dropout


def native_dtype(dtype: Dtype) -> Any:
    """Return a dtype as the framework names it."""
    return tf.as_dtype(dtype)


def creating_variables(dtype: Dtype) -> AbstractContextManager[None]:
    """Let a tf.Module create its floating-point variables in this dtype."""
    # differs: PyTorch converts a finished module
    own = tf.as_dtype(dtype)

    def create(following: Callable[..., Any], **options: Any) -> Any:
        value, kind = options.get("initial_value"), options.get("dtype")
        if kind is None and value is not None and not callable(value):
            kind = tf.convert_to_tensor(value).dtype
        if kind is not None and tf.as_dtype(kind).is_floating:
            options |= {
                "dtype": own,
                "initial_value": (lambda: tf.cast(value(), own))
                if callable(value)
                else tf.cast(value, own),
            }
        return following(**options)

    scope: AbstractContextManager[None] = tf.variable_creator_scope(create)
    return scope


def adopt(made: Any, *, dtype: Dtype) -> Any:
    """Return a model in this dtype, in training mode.

    Raises:
        TypeError: it is no model of this framework.
    """
    if not isinstance(made, tf.Module | keras.layers.Layer):
        kind = type(made).__name__
        raise TypeError(
            f"expected a keras.Model or tf.Module; received {kind}"
        )
    return made


def variables(model: Any) -> dict[str, Any]:
    """Return all variables by unique names."""
    named: dict[str, Any] = {}
    if not isinstance(model, keras.layers.Layer):
        named.update(layout.named_state(model))
    every = [v for layer in outermost_layers(model) for v in layer.variables]
    for variable in {id(v): v for v in every}.values():
        name, count = variable.path.replace("/", "."), 1
        while name in named:
            count += 1
            name = f"{variable.path.replace('/', '.')}_{count}"
        named[name] = variable
    return named


def state(model: Any) -> dict[str, tf.Variable]:
    """Return parameters and floating-point buffers by name."""
    return {
        name: getattr(variable, "value", variable)
        if isinstance(variable, keras.Variable)
        else variable
        for name, variable in variables(model).items()
        if tf.as_dtype(variable.dtype).is_floating
    }


def draw_states(model: Any) -> list[tuple[Any, Any]]:
    """Return the variables that random draws depend on, and their values."""
    # differs: each Keras layer has a seed of its own; PyTorch has one
    layers = outermost_layers(model)
    every = [variable for layer in layers for variable in layer.variables]
    integer = [v for v in every if "int" in v.dtype]
    return [(variable, variable.numpy()) for variable in integer]


def trained(model: Any) -> list[str]:
    """Return the names of the parameters that are updated, in their order."""
    layers = (
        []
        if isinstance(model, keras.layers.Layer)
        else outermost_layers(model)
    )
    updated = {
        id(v) for each in (model, *layers) for v in each.trainable_variables
    }
    return [name for name, v in variables(model).items() if id(v) in updated]


def frozen(model: Any) -> list[str]:
    """Return the names of the parameters that are not updated."""
    # differs: Keras counts running statistics to these; they are buffers
    return []


def tied(model: Any) -> list[str]:
    """Return the further names of parameters that have several."""
    return []


def call(model: Any, inputs: Named, *, training: bool = True) -> Any:
    """Call a model; arguments with a number for a name are positional."""
    positional = [tensor for name, tensor in inputs.items() if name.isdigit()]
    named = {n: tensor for n, tensor in inputs.items() if not n.isdigit()}
    options = {"training": training} if takes_training(model) else {}
    if isinstance(model, keras.Sequential | keras.Model) and is_functional(
        model
    ):
        only = positional[0] if len(positional) == 1 else positional
        return dict(flatten(model(named or only, **options)))
    return dict(flatten(model(*positional, **named, **options)))


def is_functional(model: Any) -> bool:
    """Return whether a model takes all inputs as one argument."""
    return isinstance(model, keras.Sequential) or hasattr(model, "operations")


def takes_training(model: Any) -> bool:
    """Return whether a call takes the argument ``training``."""
    if isinstance(model, keras.layers.Layer):
        return True
    return "training" in inspect.signature(model.__call__).parameters


def flatten(outputs: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield the floating-point tensors of nested outputs, by key or index."""
    if tf.is_tensor(outputs):
        if outputs.dtype.is_floating:
            yield name or "0", outputs
    elif isinstance(outputs, Mapping):
        for key, value in outputs.items():
            yield from flatten(value, f"{name}.{key}" if name else str(key))
    elif isinstance(outputs, tuple | list):
        for key, value in enumerate(outputs):
            yield from flatten(value, f"{name}.{key}" if name else str(key))


def to_tensor(array: Any, *, dtype: Dtype) -> Tensor:
    """Return an array as a tensor; floating-point ones in this dtype."""
    kind = dtype if array.dtype.kind == "f" else array.dtype
    return tf.cast(tf.convert_to_tensor(array), kind)


def to_array(tensor: Any) -> Any:
    """Return a tensor as an array."""
    return layout.to_numpy(tensor)


def count_flops(model: Any, inputs: Named) -> float:
    """Return the floating-point operations of one call."""
    # differs: PyTorch counts them; TensorFlow's profiler prints to stdout
    return 0.0


class TargetObjective(tf.Module):
    """A user's model and a loss over its outputs."""

    def __init__(
        self,
        model: Any,
        *,
        names: Sequence[str],
        loss: str,
        output: str = "",
        training: bool = True,
    ) -> None:
        super().__init__()
        self.model, self.names = model, tuple(names)
        self.training = training
        self.loss, self.output = LOSSES[loss], output

    @property
    def trainable_variables(self) -> list[tf.Variable]:
        """The parameters that are updated, in the order of their names."""
        found = state(self.model)
        return [found[name] for name in trained(self.model)]

    def __call__(
        self, inputs: tuple[Tensor, ...], targets: tuple[Tensor, ...]
    ) -> Tensor:
        outputs = self.outputs(inputs, training=self.training)
        return self.loss_of(outputs, targets)

    def output_of(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return the only output, as Keras passes it to a loss.

        Raises:
            NotImplementedError: there are several; Keras has a loss for each.
        """
        outputs = self.outputs(inputs, training=self.training)
        if len(outputs) > 1:
            raise NotImplementedError("a Keras loss takes one output")
        return outputs[0]

    def loss_of(self, outputs: Any, targets: Any) -> Tensor:
        """Return the sum of the losses of all outputs."""
        many = isinstance(outputs, list)
        pairs = zip(
            outputs if many else [outputs],
            targets if isinstance(targets, tuple) else [targets],
            strict=True,
        )
        return tf.add_n([self.loss(o, t) for o, t in pairs])

    def outputs(
        self, inputs: tuple[Tensor, ...], *, training: bool = True
    ) -> list[Tensor]:
        """Return the outputs that the loss takes."""
        named = dict(zip(self.names, inputs, strict=True))
        found = call(self.model, named, training=training)
        return [found[self.output]] if self.output else list(found.values())


class Outputs(tf.Module):
    """The forward pass of an objective alone, for its layers' outputs."""

    def __init__(self, objective: TargetObjective) -> None:
        super().__init__()
        self.objective = objective

    def __call__(self, inputs: tuple[Tensor, ...]) -> list[Tensor]:
        return self.objective.outputs(inputs)
