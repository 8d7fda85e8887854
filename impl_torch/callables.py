"""Functions and models of users, called in the process of their tests."""

import copy
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from compare.contract import BreakKind, CalledFunction, Dtype, GraphBreak
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from impl_torch import breaks, layout

FLOATS = {
    "float64": torch.float64,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


def is_tensor(value: object) -> bool:
    """Return whether a value is a tensor of this framework."""
    return isinstance(value, Tensor)


def holds_state(value: object) -> bool:
    """Return whether a value is a model, an optimizer or its scheduler."""
    return isinstance(value, nn.Module | Optimizer | LRScheduler)


def dtype_of(tensor: Tensor) -> str:
    """Return the name of a tensor's dtype."""
    return str(tensor.dtype).removeprefix("torch.")


def to_array(tensor: Tensor) -> Any:
    """Return a tensor as an array; 16-bit formats become float32."""
    dense = tensor if tensor.layout is torch.strided else tensor.to_dense()
    return layout.to_numpy(dense.resolve_conj().resolve_neg())


def to_tensor(array: Any, *, dtype: Dtype | None, near: Any = None) -> Tensor:
    """Return an array as a tensor; floating-point ones in a dtype, if given.

    Args:
        array: of NumPy.
        dtype: None keeps the array's own.
        near: a tensor or model, on whose device it is placed.
    """
    # differs: a tensor is on a device; TensorFlow places it where needed
    tensor = torch.from_numpy(np.array(array))
    kind = FLOATS[dtype] if dtype and tensor.is_floating_point() else None
    return tensor.to(device_of(near), kind)


def device_of(value: Any) -> Any:
    """Return the device of a tensor or a model; the CPU for anything else."""
    if isinstance(value, nn.Module):
        every = [*value.parameters(), *value.buffers()]
        value = every[0] if every else None
    return value.device if isinstance(value, Tensor) else torch.device("cpu")


@contextmanager
def drawing_from(seed: int) -> Iterator[None]:
    """Seed what a function may draw, and restore the generators at the end."""
    has_cuda = torch.cuda.is_initialized()
    devices = range(torch.cuda.device_count()) if has_cuda else ()
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def rebuilt(function: Any, *, dtype: Dtype) -> Any:
    """Return the function itself: `holding` changes the dtype of its state."""
    # differs: a variable of TensorFlow keeps its dtype
    return function


@contextmanager
def holding(
    objects: Mapping[str, Any], *, dtype: Dtype | None
) -> Iterator[Mapping[str, Tensor]]:
    """Let tensors, models and optimizers have copies of their state.

    The originals are put back at the end, whatever was changed.

    Args:
        objects: what a function uses, by its name there.
        dtype: of the floating-point copies; None keeps each dtype.

    Yields:
        The tensors by name.

    Raises:
        NotImplementedError: a captured model keeps the dtypes of its capture.
    """
    values = [original_model(each) for each in objects.values()]
    models = [each for each in values if isinstance(each, nn.Module)]
    if dtype and any(isinstance(m, torch.jit.ScriptModule) for m in models):
        raise NotImplementedError("TorchScript keeps the dtypes of a capture")
    optimizers = [v for v in values if isinstance(v, Optimizer | LRScheduler)]
    named = name_tensors(dict(zip(objects, values, strict=True)))
    before = [(t, t.data, t.grad) for t in named.values()]
    states = [(each, copy.deepcopy(each.state_dict())) for each in optimizers]
    from torch._inductor import config

    try:
        for tensor in named.values():
            tensor.grad = None
            # differs: a tensor's data can have another dtype; no variable can
            tensor.data = copied(tensor.data, dtype=dtype)
        for optimizer, state in states:
            optimizer.load_state_dict(copy.deepcopy(state))
        # Compiled code then draws the numbers that eager code draws.
        with config.patch(fallback_random=True), not_traced():
            yield named
    finally:
        for tensor, data, gradient in before:
            tensor.grad = None  # of another dtype
            tensor.data = data
            tensor.grad = gradient
        for optimizer, state in states:
            optimizer.load_state_dict(state)


def original_model(value: Any) -> Any:
    """Return the model that torch.compile has wrapped, or the value itself."""
    return getattr(value, "_orig_mod", value)


def name_tensors(objects: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return every tensor of some objects once, by name.

    The names of the only model have no prefix.
    """
    models = [n for n, v in objects.items() if isinstance(v, nn.Module)]
    found: dict[str, Tensor] = {}
    for name, value in objects.items():
        if isinstance(value, Tensor):
            found[name] = value
        elif isinstance(value, nn.Module):
            prefix = "" if len(models) == 1 else f"{name}."
            for each, tensor in read_state(value):
                found[prefix + each] = tensor
    unique = {id(tensor): name for name, tensor in reversed(found.items())}
    return {n: t for n, t in found.items() if unique[id(t)] == n}


def read_state(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield parameters and buffers by name."""
    yield from model.named_parameters()
    yield from model.named_buffers()


def copied(data: Tensor, *, dtype: Dtype | None) -> Tensor:
    """Return a copy of a tensor's data; floating-point data in a dtype."""
    kind = FLOATS[dtype] if dtype and data.is_floating_point() else data.dtype
    return data.to(kind, copy=True)


def needs_gradient(tensor: Any) -> bool:
    """Return whether gradients of a tensor are computed."""
    return bool(tensor.requires_grad and tensor.is_leaf)


@contextmanager
def running_eagerly() -> Iterator[None]:
    """Let functions that are compiled run operation by operation."""
    with torch.compiler.set_stance("force_eager"):
        yield


def captured(function: Any, *, mode: str, example: Sequence[Any]) -> Any:
    """Return a function or model as a mode captures it.

    Args:
        function: of tensors.
        mode: one of `CAPTURED`.
        example: positional arguments, which a mode may trace.
    """
    return CAPTURED[mode](function, tuple(example))


def trace(function: Any, example: Any) -> Any:
    """Trace the operations that a function runs on an example."""
    return torch.jit.trace(function, example)


CAPTURED: dict[str, Callable[[Any, Any], Any]] = {
    "eager": lambda function, _: function,
    "script": lambda function, _: torch.jit.script(function),
    "trace": trace,
    "compile": lambda function, _: torch.compile(function),
    "compile-dynamic": lambda function, _: torch.compile(
        function, dynamic=True
    ),
}


def find_capture_breaks(
    function: Any, calls: Sequence[tuple[Sequence[Any], Mapping[str, Any]]]
) -> list[GraphBreak]:
    """Return what keeps calls from running in one graph, captured once.

    What was compiled before is forgotten.

    Args:
        function: a function or model, compiled or not.
        calls: positional and named arguments of each.
    """
    original = getattr(function, "_torchdynamo_orig_callable", function)
    original = original_model(original)
    arguments, named = calls[0]
    try:
        with not_traced():
            explained = torch._dynamo.explain(original)(*arguments, **named)
    except torch._dynamo.exc.TorchDynamoException as error:
        return [breaks.describe_refusal(error)]
    if not explained.graph_count:
        return [replace(NOT_CAPTURED, **breaks.find_start(original))]
    found = [breaks.describe(each) for each in explained.break_reasons]
    run = breaks.capture_again(function, original)
    again = breaks.list_recaptures(
        lambda: [run(*positional, **others) for positional, others in calls],
        model=original,
    )
    return list(dict.fromkeys([*found, *again]))


@contextmanager
def not_traced() -> Iterator[None]:
    """Let Dynamo write no records of its work to the handlers of a test."""
    logger = logging.getLogger("torch.__trace")
    before, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.propagate = before


NOT_CAPTURED = GraphBreak(
    reason="no graph was captured: the function ran eagerly",
    kind=BreakKind.REFUSED,
)


def call(
    function: Callable[[list[Tensor]], list[Any]],
    inputs: Sequence[Tensor],
    *,
    parameters: Mapping[str, Tensor],
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
    # differs: tensors keep their graph; in TensorFlow, a tape records the call
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    # An operation in place may change a result, but not a leaf.
    outputs = function([leaf.clone() for leaf in leaves])
    ends = [
        (number, each)
        for number, each in enumerate(outputs)
        if isinstance(each, Tensor) and each.requires_grad
    ]
    if not ends:
        return CalledFunction(outputs=outputs)
    shaped = [
        torch.as_tensor(draw(n, tuple(y.shape))).to(y.device, y.dtype)
        for n, y in ends
    ]
    try:
        found = torch.autograd.grad(
            [y for _, y in ends],
            [*leaves, *parameters.values()],
            grad_outputs=shaped,
            allow_unused=True,
        )
    except RuntimeError as error:  # a step has used its graph up
        return CalledFunction(outputs=outputs, reason=str(error))
    return CalledFunction(
        outputs=outputs,
        input_gradients=list(found[: len(leaves)]),
        gradients=dict(zip(parameters, found[len(leaves) :], strict=True)),
    )


@contextmanager
def recording_layers(
    objects: Mapping[str, Any], *, into: dict[str, Any]
) -> Iterator[None]:
    """Store the output of each layer of the only model, in their order."""
    # differs: layers have hooks; a method of Keras is replaced
    models = [each for each in objects.values() if isinstance(each, nn.Module)]
    handles = []
    if len(models) == 1 and not isinstance(models[0], torch.jit.ScriptModule):
        for name, layer in models[0].named_modules():
            if name and models[0] is original_model(models[0]):
                handles.append(layer.register_forward_hook(keep(name, into)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def keep(name: str, into: dict[str, Any]) -> Callable[..., None]:
    """Return a hook that stores a layer's output, if it is a tensor."""

    def store(layer: Any, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.is_floating_point():
            into.setdefault(name, to_array(output).copy())

    return store


def synchronize(value: Any = None) -> None:
    """Wait until a result, and everything before it, is computed."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
