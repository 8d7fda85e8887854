"""Convert canonical NumPy arrays to TensorFlow's layout and back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from tensorflow import Tensor


def place(
    batch: Mapping[str, Any], *, device: str, dtype: tf.DType
) -> tuple[Any, Tensor]:
    """Return inputs and targets as tensors: images stay NHWC.

    The last array of a batch has the targets. Several inputs are a tuple.
    """
    placed = []
    with tf.device(device):
        for array in batch.values():
            kind = dtype if array.dtype.kind == "f" else array.dtype
            placed.append(tf.cast(tf.identity(array), kind))
    *inputs, targets = placed
    return inputs[0] if len(inputs) == 1 else tuple(inputs), targets


def named_parameters(model: tf.Module) -> dict[str, tf.Variable]:
    """Return the trainable variables of a model by name."""
    return {n: v for n, v in named_state(model).items() if v.trainable}


# differs: buffers are variables here, no parameters in PyTorch
def named_state(model: tf.Module) -> dict[str, tf.Variable]:
    """Return parameters and buffers, such as running means, by name.

    A buffer is a variable that is not trainable. The name of a variable is
    the path of attributes to it.
    """
    # tf.Module documents _flatten for this purpose.
    found = model._flatten(
        predicate=lambda member: isinstance(member, tf.Variable),
        with_path=True,
    )
    return {".".join(path): variable for path, variable in found}


@contextmanager
def unchanged_buffers(model: tf.Module) -> Iterator[None]:
    """Restore a model's buffers after a block that runs the model."""
    before = [(b, b.numpy()) for b in model.non_trainable_variables]
    try:
        yield
    finally:
        for buffer, value in before:
            buffer.assign(value)


def load(model: tf.Module, *, arrays: Mapping[str, Any]) -> None:
    """Copy canonical parameters and buffers into a model's, in place."""
    for name, p in named_state(model).items():
        p.assign(tf.cast(arrays[name], p.dtype))


def canonical(tensor: Tensor, *, name: str = "") -> Any:
    """Return a parameter of this name, its gradient or a loss as an array."""
    return to_numpy(tensor)


def canonical_output(tensor: Tensor) -> Any:
    """Return a layer's output as an array: images are NHWC already."""
    return to_numpy(tensor)


def native_shape(name: str, shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of a canonical parameter in this framework."""
    return tuple(shape)


def to_numpy(tensor: Tensor) -> Any:
    """Return a tensor as an array; 16-bit formats become float32."""
    tensor = tf.convert_to_tensor(tensor)  # gradients may be sparse
    narrow = tensor.dtype in (tf.bfloat16, tf.float16)
    return (tf.cast(tensor, tf.float32) if narrow else tensor).numpy()
