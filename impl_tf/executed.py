"""An operation that ran eagerly, and the memory of its tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context, execute
from tensorflow.python.framework import op_def_registry

# Ends of the types of operations that run others.
CALLS = ("PartitionedCall", "While", "If", "Case", "XlaLaunch")


@dataclass(frozen=True, kw_only=True)
class Executed:
    """An operation that ran eagerly."""

    kind: str  # its type, such as MatMul
    inputs: Sequence[Any]
    attributes: dict[str, Any]
    outputs: Sequence[Any]

    def size(self, number: int) -> int:
        """Return the number of elements of an input."""
        return prod(self.inputs[number].shape)


def run_unrecorded(
    kind: str,
    inputs: Sequence[Any],
    attributes: dict[str, Any],
    *,
    outputs: int = 1,
) -> list[Any]:
    """Run an operation that neither tapes nor callbacks record."""
    given = ((k, v) for k, v in attributes.items() if v is not None)
    flat = tuple(each for pair in given for each in pair)
    return execute.quick_execute(
        kind, outputs, list(inputs), flat, context.context()
    )


def memory(tensor: Any) -> Any:
    """Return a tensor's memory as an array; changes of it change the tensor.

    Shape:
        That of the tensor, but (1,) for a scalar.
    """
    if "CPU" not in tensor.backing_device:
        raise NotImplementedError(
            f"expected a tensor on a CPU, received {tensor.backing_device}; "
            f'run the step within tf.device("CPU")'
        )
    if not tensor.shape.rank:
        # NumPy would receive a copy of a scalar.
        one = tf.constant([1])
        types = {"T": tensor.dtype, "Tshape": tf.int32}
        (tensor,) = run_unrecorded("Reshape", [tensor, one], types)
    return tensor._numpy_internal()


def is_moved(dtype: tf.DType) -> bool:
    """Return whether numbers of this dtype can be moved."""
    return dtype in (tf.float32, tf.float64)


def is_copy(array: Any, inputs: Sequence[Any]) -> bool:
    """Return whether an output is in the memory of an input.

    Then nothing was computed, and moving the output would move the input.
    """
    return any(
        is_moved(each.dtype) and np.may_share_memory(array, memory(each))
        for each in inputs
    )


def variable_dtype(handle: Any) -> tf.DType:
    """Return the dtype of the variable that a handle refers to."""
    return tf.as_dtype(handle._handle_data.shape_and_type[0].dtype)


def read_variable(handle: Any) -> Any:
    """Return a variable's value as an array of its own, without recording."""
    types = {"dtype": variable_dtype(handle)}
    (value,) = run_unrecorded("ReadVariableOp", [handle], types)
    return np.array(value.numpy())


def assign_variable(handle: Any, value: Any) -> None:
    """Set a variable without recording."""
    dtype = variable_dtype(handle)
    moved = tf.constant(value, dtype=dtype)
    named = {"dtype": dtype}
    run_unrecorded("AssignVariableOp", [handle, moved], named, outputs=0)


def require_visible(op: Executed) -> None:
    """Raise an error if results of an operation cannot be moved."""
    if _runs_graph(op.kind):
        raise NotImplementedError(
            f"{op.kind} runs a graph, in which no result can be moved; "
            f"call the Python function from which it was made"
        )
    if any(each.dtype.is_complex for each in op.outputs):
        raise NotImplementedError(
            f"expected real results, received complex ones of {op.kind}"
        )


@cache
def _runs_graph(kind: str) -> bool:
    # The type of a call of a concrete function is the function's name.
    return op_def_registry.get(kind) is None or kind.endswith(CALLS)
