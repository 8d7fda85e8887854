"""Functions and models of users, called in the process of their tests."""

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from compare.contract import BreakKind, CalledFunction, Dtype, GraphBreak

from impl_jax import rounding
from impl_jax.introspect import list_equations


def is_tensor(value: object) -> bool:
    """Return whether a value is a tensor of this framework."""
    return isinstance(value, jax.Array)


def holds_state(value: object) -> bool:
    """Return whether a value is a model or an optimizer."""
    # differs: models of Flax NNX only; those of Linen are functions
    nnx: Any = sys.modules.get("flax.nnx")
    return nnx is not None and isinstance(value, nnx.Module)


def dtype_of(tensor: Any) -> str:
    """Return the name of a tensor's dtype."""
    return str(tensor.dtype)


def to_array(tensor: Any) -> Any:
    """Return a tensor as an array; 16-bit formats become float32."""
    if jnp.issubdtype(tensor.dtype, jax.dtypes.prng_key):
        tensor = jax.random.key_data(tensor)
    is_narrow = tensor.dtype in (jnp.bfloat16, jnp.float16)
    return np.asarray(tensor.astype("float32") if is_narrow else tensor)


def to_tensor(array: Any, *, dtype: Dtype | None, near: Any = None) -> Any:
    """Return an array as a tensor; floating-point ones in a dtype, if given.

    Args:
        array: of NumPy.
        dtype: None keeps the array's own.
        near: a tensor or model, on whose device it is placed.
    """
    # differs: JAX places a tensor where an operation needs it
    array = np.asarray(array)
    is_float = dtype and array.dtype.kind == "f"
    return jnp.asarray(array, dtype=dtype if is_float else None)


@contextmanager
def drawing_from(seed: int) -> Iterator[None]:
    """Do nothing: draws of JAX depend on a key that is an argument."""
    yield


def rebuilt(function: Any, *, dtype: Dtype) -> Any:
    """Return the function itself: `holding` changes the dtype of its state."""
    # differs: a variable of TensorFlow keeps its dtype
    return function


@contextmanager
def holding(
    objects: Mapping[str, Any], *, dtype: Dtype | None
) -> Iterator[Mapping[str, Any]]:
    """Let models have copies of their state.

    The originals are put back at the end, whatever was changed.

    Args:
        objects: what a function uses, by its name there.
        dtype: of the floating-point copies; None keeps each dtype.

    Yields:
        The tensors by name.
    """
    # differs: the arrays are constant; operations promote them to float64
    models = {n: v for n, v in objects.items() if holds_state(v)}
    before = {n: read_state(model) for n, model in models.items()}
    wide = jax.enable_x64(True) if dtype == "float64" else nullcontext()
    try:
        with wide:
            for name, model in models.items():
                write_state(model, before[name], dtype=dtype)
            yield Tensors(models)
    finally:
        for name, model in models.items():
            write_state(model, before[name], dtype=None)


class Tensors(Mapping[str, Any]):
    """The current tensors of models; those of the only one have no prefix."""

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._models = models

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, Any]:
        only = len(self._models) == 1
        return {
            each if only else f"{name}.{each}": value
            for name, model in self._models.items()
            for each, value in read_state(model).items()
        }


def read_state(model: Any) -> dict[str, Any]:
    """Return the arrays of a model by name."""
    from flax import nnx

    flat = nnx.to_flat_state(nnx.state(model))
    return {
        ".".join(map(str, path)): leaf.get_value()
        for path, leaf in flat
        if isinstance(leaf.get_value(), jax.Array)
    }


def write_state(
    model: Any, values: Mapping[str, Any], *, dtype: Dtype | None
) -> None:
    """Set the arrays of a model; floating-point ones in a dtype, if given."""
    from flax import nnx

    for path, leaf in nnx.to_flat_state(nnx.state(model)):
        value = values.get(".".join(map(str, path)))
        if value is None:
            continue
        is_float = dtype and jnp.issubdtype(value.dtype, jnp.floating)
        leaf.set_value(value.astype(dtype) if is_float else value)


def needs_gradient(tensor: Any) -> bool:
    """Return whether gradients of a tensor are computed."""
    # differs: JAX differentiates with respect to arguments only
    return False


@contextmanager
def running_eagerly() -> Iterator[None]:
    """Let functions that are compiled run operation by operation."""
    with jax.disable_jit():
        yield


def captured(function: Any, *, mode: str, example: Sequence[Any]) -> Any:
    """Return a function or model as a mode captures it.

    Args:
        function: of tensors.
        mode: one of `CAPTURED`.
        example: positional arguments, which a mode may trace.
    """
    return CAPTURED[mode](function, tuple(example))


def jit(function: Any, example: Any) -> Any:
    """Capture a function, or the call of a model."""
    if holds_state(function):
        from flax import nnx

        # A model is an argument: its arrays are no constants of the graph.
        graph = nnx.jit(lambda model, *args, **named: model(*args, **named))
        return partial(graph, function)
    return jax.jit(function)


CAPTURED: dict[str, Callable[[Any, Any], Any]] = {
    "eager": lambda function, _: function,
    "jit": jit,
}
PYTHON_CALLS = {"pure_callback", "io_callback", "debug_callback"}


def find_capture_breaks(
    function: Any, calls: Sequence[tuple[Sequence[Any], Mapping[str, Any]]]
) -> list[GraphBreak]:
    """Return what keeps calls from running in one graph, captured once.

    Args:
        function: a function or model, captured or not.
        calls: positional and named arguments of each.
    """
    run = recaptured(function)
    arguments, named = calls[0]
    try:
        program = run.trace(*arguments, **named).jaxpr
    except capture_errors() as error:
        return [describe_refusal(error)]
    found = [
        replace(PYTHON_CALL, argument=each.primitive.name)
        for each in list_equations(program.jaxpr)
        if each.primitive.name in PYTHON_CALLS
    ]
    for number, (positional, others) in enumerate(calls):
        count = run._cache_size()
        run(*positional, **others)
        if number and run._cache_size() > count:
            found.append(replace(TRACED_AGAIN, argument=f"call {number + 1}"))
    return found


def recaptured(function: Any) -> Any:
    """Return a captured function without a graph of earlier calls."""
    if holds_state(function):
        from flax import nnx

        definition, state = nnx.split(function)

        def call_copy(*args: Any, **named: Any) -> Any:
            model = nnx.merge(definition, state, copy=True)
            return model(*args, **named)

        return jax.jit(call_copy)
    if not hasattr(function, "clear_cache"):
        return jax.jit(inspect.unwrap(function))  # also one of nnx.jit
    function.clear_cache()
    return function


def describe_refusal(error: Exception) -> GraphBreak:
    """Return why code cannot be traced, with the user's line."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if "site-packages" not in each.filename]
    return GraphBreak(
        reason=str(error).strip().partition("\n")[0],
        kind=BreakKind.REFUSED,
        file=own[-1].filename if own else "",
        line=(own[-1].lineno or 0) if own else 0,
    )


PYTHON_CALL = GraphBreak(
    reason="the graph calls a Python function at every step",
    kind=BreakKind.PYTHON_CALL,
)
TRACED_AGAIN = GraphBreak(
    reason="the graph does not fit the inputs: the function is traced again",
    kind=BreakKind.RETRACE,
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
    # differs: a function is differentiated, not a recorded call
    ends: list[int] = []
    others: list[Any] = []

    def floats(leaves: list[Any]) -> tuple[list[Any], list[Any]]:
        outputs = function(leaves)
        ends[:] = [n for n, y in enumerate(outputs) if is_float(y)]
        others[:] = [None if is_float(y) else y for y in outputs]
        rest = [y for y in outputs if is_tensor(y) and not is_float(y)]
        return [outputs[n] for n in ends], rest

    def pull(leaves: list[Any]) -> Any:
        values, back, rest = jax.vjp(floats, leaves, has_aux=True)
        cotangents = [
            jnp.asarray(draw(n, y.shape), y.dtype)
            for n, y in zip(ends, values, strict=True)
        ]
        return values, back(cotangents)[0], rest

    try:
        values, gradients, rest = rounding.evaluate(pull, list(inputs))
    except capture_errors() as error:
        # A model that changes its state cannot be differentiated like this.
        reason = str(error).partition("\n")[0]
        return CalledFunction(outputs=function(list(inputs)), reason=reason)
    outputs = list(others)
    tensors = iter(rest)
    for number, other in enumerate(others):
        if is_tensor(other) or isinstance(other, jax.core.Tracer):
            outputs[number] = next(tensors)
    for number, value in zip(ends, values, strict=True):
        outputs[number] = value
    return CalledFunction(
        outputs=outputs,
        input_gradients=list(gradients) if ends else None,
    )


def capture_errors() -> tuple[type[Exception], ...]:
    """Return what JAX and Flax raise for a function that is not pure."""
    flax: Any = sys.modules.get("flax.errors")
    of_flax = () if flax is None else (flax.FlaxError,)
    return (jax.errors.JAXTypeError, *of_flax)


def is_float(value: Any) -> bool:
    """Return whether a value is a floating-point tensor."""
    return is_tensor(value) and bool(jnp.issubdtype(value.dtype, jnp.floating))


@contextmanager
def recording_layers(
    objects: Mapping[str, Any], *, into: dict[str, Any]
) -> Iterator[None]:
    """Do nothing: layers are functions, which are not intercepted."""
    yield


def synchronize(value: Any = None) -> None:
    """Wait until a result, and everything before it, is computed."""
    jax.block_until_ready(value)
