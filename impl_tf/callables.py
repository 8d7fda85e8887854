"""Functions and models of users, called in the process of their tests."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from compare.contract import BreakKind, CalledFunction, Dtype, GraphBreak
from keras.optimizers import Optimizer
from tensorflow.python.eager import context

from impl_tf import breaks, layout
from impl_tf.keras_model import outermost_layers
from impl_tf.targets import variables

FLOATS = ("float64", "float32", "float16", "bfloat16")


def is_tensor(value: object) -> bool:
    """Return whether a value is a tensor of this framework."""
    return tf.is_tensor(value) or isinstance(
        value, tf.Variable | keras.Variable
    )


def holds_state(value: object) -> bool:
    """Return whether a value is a model or an optimizer."""
    return isinstance(value, tf.Module | keras.layers.Layer | Optimizer)


def dtype_of(tensor: Any) -> str:
    """Return the name of a tensor's dtype."""
    return str(tf.as_dtype(tensor.dtype).name)


def to_array(tensor: Any) -> Any:
    """Return a tensor as an array; 16-bit formats become float32."""
    if isinstance(tensor, tf.RaggedTensor | tf.SparseTensor):
        to_dense = tf.sparse.to_dense
        is_sparse = isinstance(tensor, tf.SparseTensor)
        tensor = to_dense(tensor) if is_sparse else tensor.to_tensor()
    return layout.to_numpy(tf.convert_to_tensor(tensor))


def to_tensor(array: Any, *, dtype: Dtype | None, near: Any = None) -> Any:
    """Return an array as a tensor; floating-point ones in a dtype, if given.

    Args:
        array: of NumPy.
        dtype: None keeps the array's own.
        near: a tensor or model, on whose device it is placed.
    """
    # differs: TensorFlow places a tensor where an operation needs it
    array = np.array(array)
    is_float = dtype and array.dtype.kind == "f"
    return tf.convert_to_tensor(array, dtype=dtype if is_float else None)


@contextmanager
def drawing_from(seed: int) -> Iterator[None]:
    """Seed what a function may draw, and restore the generators at the end."""
    owner = context.context()
    before = owner._seed, getattr(owner, "_rng", None)
    tf.random.set_seed(seed)
    try:
        yield
    finally:
        tf.random.set_seed(before[0])  # clears the seeds of kernels, too
        owner._rng = before[1]


def rebuilt(function: Any, *, dtype: Dtype) -> Any:
    """Return a Keras model that is built again in a dtype.

    Another function is returned as it is.

    Raises:
        NotImplementedError: the model cannot be built from its configuration.
    """
    # differs: the state of a PyTorch module can have another dtype
    if not isinstance(function, keras.Model):
        return function
    policy = keras.config.dtype_policy()
    try:
        config = keras.saving.serialize_keras_object(function)
        classes = {
            type(layer).__name__: type(layer)
            for layer in function._flatten_layers()
        }
        keras.config.set_dtype_policy(dtype)
        made = keras.saving.deserialize_keras_object(
            with_dtype(config, dtype), custom_objects=classes
        )
        # Unless it is built, it has no variables, and `zip` raises.
        for new, old in zip(made.variables, function.variables, strict=True):
            new.assign(tf.cast(old.value, new.dtype))
    except Exception as error:  # whatever its configuration raises
        first = str(error).partition("\n")[0]
        raise NotImplementedError(
            f"the model cannot be built again in {dtype}: {first}"
        ) from error
    finally:
        keras.config.set_dtype_policy(policy)
    return made


def with_dtype(config: Any, dtype: Dtype) -> Any:
    """Return the configuration of a model with another dtype everywhere."""
    if isinstance(config, Mapping):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": dtype}}
        return {
            key: dtype
            if key == "dtype" and value in FLOATS
            else with_dtype(value, dtype)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(with_dtype(each, dtype) for each in config)
    return config


@contextmanager
def holding(
    objects: Mapping[str, Any], *, dtype: Dtype | None
) -> Iterator[Mapping[str, Any]]:
    """Let tensors, models and optimizers have copies of their state.

    The originals are put back at the end, whatever was changed.

    Args:
        objects: what a function uses, by its name there.
        dtype: of the floating-point copies; None keeps each dtype.

    Yields:
        The tensors by name.

    Raises:
        NotImplementedError: a variable keeps the dtype that it was made with.
    """
    named = name_tensors(objects)
    narrow = [
        name
        for name, each in named.items()
        if dtype
        and tf.as_dtype(each.dtype).is_floating
        and dtype_of(each) != dtype
    ]
    if narrow:
        # differs: the data of a PyTorch tensor can have another dtype
        raise NotImplementedError(
            f"{narrow[0]} keeps the dtype {dtype_of(named[narrow[0]])}"
        )
    held = [each for each in named.values() if hasattr(each, "assign")]
    before = [(variable, tf.identity(variable)) for variable in held]
    created: list[Any] = []

    def create(following: Callable[..., Any], **options: Any) -> Any:
        variable = following(**options)
        if tf.executing_eagerly():
            created.append((variable, tf.identity(variable)))
        return variable

    try:
        with tf.variable_creator_scope(create):
            yield named
    finally:
        # What a first call creates, such as slots of an optimizer, is reset.
        for variable, value in [*before, *created]:
            variable.assign(value)


def name_tensors(objects: Mapping[str, Any]) -> dict[str, Any]:
    """Return every variable and constant tensor of some objects, by name.

    The names of the only model have no prefix.
    """
    constants = {
        name: value
        for name, value in objects.items()
        if is_tensor(value) and not isinstance(value, tf.Variable)
    }
    return constants | list_variables(objects)


def list_variables(objects: Mapping[str, Any]) -> dict[str, Any]:
    """Return every variable of some objects once, by name."""
    models = [n for n, v in objects.items() if is_model(v)]
    found: dict[str, Any] = {}
    for name, value in objects.items():
        if isinstance(value, tf.Variable):
            found[name] = value
        elif is_model(value):
            prefix = "" if len(models) == 1 else f"{name}."
            found |= {prefix + n: v for n, v in variables(value).items()}
        elif isinstance(value, Optimizer):
            found |= {f"{name}.{v.path}": v for v in value.variables}
    unique = {id(each): name for name, each in reversed(found.items())}
    return {n: v for n, v in found.items() if unique[id(v)] == n}


def is_model(value: Any) -> bool:
    """Return whether a value has variables that a call reads."""
    return holds_state(value) and not isinstance(value, Optimizer)


def needs_gradient(tensor: Any) -> bool:
    """Return whether gradients of a tensor are computed."""
    is_float = tf.as_dtype(tensor.dtype).is_floating
    return bool(getattr(tensor, "trainable", False) and is_float)


@contextmanager
def running_eagerly() -> Iterator[None]:
    """Let functions that are compiled run operation by operation."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


def captured(function: Any, *, mode: str, example: Sequence[Any]) -> Any:
    """Return a function or model as a mode captures it.

    Args:
        function: of tensors.
        mode: one of `CAPTURED`.
        example: positional arguments, which a mode may trace.
    """
    return CAPTURED[mode](function, tuple(example))


CAPTURED: dict[str, Callable[[Any, Any], Any]] = {
    "eager": lambda function, _: function,
    "function": lambda function, _: tf.function(function),
    "function-relaxed": lambda function, _: tf.function(
        function, reduce_retracing=True
    ),
    "xla": lambda function, _: tf.function(function, jit_compile=True),
}


def find_capture_breaks(
    function: Any, calls: Sequence[tuple[Sequence[Any], Mapping[str, Any]]]
) -> list[GraphBreak]:
    """Return what keeps calls from running in one graph, captured once.

    Args:
        function: a function or model, captured or not.
        calls: positional and named arguments of each.
    """
    if tf.config.functions_run_eagerly():
        return [NOT_CAPTURED]
    original = getattr(function, "python_function", function)
    is_captured = hasattr(function, "get_concrete_function")
    # A copy has no graph yet, whatever was called before.
    run = function._clone(None) if is_captured else tf.function(function)
    arguments, named = calls[0]
    try:
        concrete = run.get_concrete_function(*arguments, **named)
    except Exception as error:  # noqa: BLE001 - whatever tracing raises
        return [breaks.describe_refusal(error)]
    operations = list(breaks.list_operations(concrete.graph))
    found = breaks.find_python_calls(operations)
    start = breaks.find_start(original)
    for number, (positional, others) in enumerate(calls):
        count = run.experimental_get_tracing_count()
        run(*positional, **others)
        if number and run.experimental_get_tracing_count() > count:
            found.append(replace(TRACED_AGAIN, argument=f"call {number + 1}"))
    return [
        each if each.file else replace(each, **start)
        for each in dict.fromkeys(found)
    ]


NOT_CAPTURED = GraphBreak(
    reason="no graph was captured: tf.config.run_functions_eagerly is set",
    kind=BreakKind.REFUSED,
)
TRACED_AGAIN = GraphBreak(
    reason="the graph does not fit the inputs: the function is traced again",
    kind=BreakKind.RETRACE,
    hint=breaks.STEADY,
)


def call(
    function: Callable[[list[Any]], list[Any]],
    inputs: Sequence[Any],
    *,
    parameters: Mapping[str, Any],
    draw: Callable[[int, Any], Any],
) -> CalledFunction:
    """Call a function, and differentiate its floating-point outputs.

    Args:
        function: takes the floating-point inputs, returns the outputs.
        inputs: its floating-point inputs.
        parameters: tensors that gradients are computed of, too.
        draw: returns what an output's gradient is, from its number and
            shape.
    """
    leaves = [tf.identity(x) for x in inputs]
    # differs: a tape records the call; PyTorch's tensors keep their graph
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        outputs = function(leaves)
    ends = [
        (number, each)
        for number, each in enumerate(outputs)
        if tf.is_tensor(each) and each.dtype.is_floating
    ]
    if not ends:
        return CalledFunction(outputs=outputs)
    values = {
        n: getattr(p, "value", p) if isinstance(p, keras.Variable) else p
        for n, p in parameters.items()
    }
    try:
        found = tape.gradient(
            [y for _, y in ends],
            [*leaves, *values.values()],
            output_gradients=[
                tf.cast(draw(n, tuple(y.shape)), y.dtype) for n, y in ends
            ],
        )
    except LookupError as error:  # an operation has no gradient
        return CalledFunction(outputs=outputs, reason=str(error))
    if all(each is None for each in found):
        return CalledFunction(outputs=outputs)
    return CalledFunction(
        outputs=outputs,
        input_gradients=found[: len(leaves)],
        gradients=dict(zip(parameters, found[len(leaves) :], strict=True)),
    )


@contextmanager
def recording_layers(
    objects: Mapping[str, Any], *, into: dict[str, Any]
) -> Iterator[None]:
    """Store the output of each layer of the only model, in their order."""
    # differs: Keras has no hooks; a layer's own method is replaced
    models = [each for each in objects.values() if is_model(each)]
    changed = []
    if len(models) == 1:
        for outermost in outermost_layers(models[0]):
            for layer in outermost._flatten_layers(include_self=False):
                changed.append(layer)
                layer.call = keep(layer, into)
    try:
        yield
    finally:
        for layer in changed:
            del layer.call


def keep(layer: Any, into: dict[str, Any]) -> Callable[..., Any]:
    """Return a layer's method that stores its output, if it is a tensor."""
    run = layer.call

    def store(*arguments: Any, **named: Any) -> Any:
        output = run(*arguments, **named)
        if isinstance(output, tf.Tensor) and hasattr(output, "numpy"):
            into.setdefault(layer.path.replace("/", "."), to_array(output))
        return output

    return store


def synchronize(value: Any = None) -> None:
    """Wait until a result, and everything before it, is computed."""
    tf.test.experimental.sync_devices()
