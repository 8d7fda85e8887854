"""Canonical NumPy arrays to TensorFlow's layout and back: no change."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import Tensor


def place(batch: Mapping[str, Any], *, device: str) -> tuple[Tensor, ...]:
    """The arrays of a batch as tensors: images stay NHWC."""
    with tf.device(device):
        return tuple(tf.identity(a) for a in batch.values())


def named_parameters(model: tf.Module) -> dict[str, tf.Variable]:
    """A model's variables under the path of attributes that leads to them."""
    # tf.Module documents _flatten as the hook for exactly this.
    found = model._flatten(
        predicate=lambda member: isinstance(member, tf.Variable),
        with_path=True,
    )
    return {".".join(path): variable for path, variable in found}


def load(model: tf.Module, *, arrays: Mapping[str, Any]) -> None:
    """Copy canonical parameters into a model's, in place."""
    for name, p in named_parameters(model).items():
        p.assign(arrays[name])


def canonical(tensor: Tensor) -> Any:
    """One parameter or gradient as a canonical array of its own."""
    return np.array(tensor)
