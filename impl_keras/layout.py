"""Canonical arrays and the variables of Keras, which have the same layout."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

NAMES = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "embeddings": "table",
}
RECURRENT = {
    "kernel": "input_weight",
    "recurrent_kernel": "recurrent_weight",
    "bias": "bias",
}
CELLS = ("simple_rnn_cell", "gru_cell")
BIASES = ("input_bias", "recurrent_bias")  # of a GRU


def name_of(variable: keras.Variable) -> str:
    """Return the canonical name of a variable: ``block1.conv1.weight``."""
    *layers, own = variable.path.split("/")
    if layers[-1] in CELLS:
        return ".".join((*layers[:-1], RECURRENT[own]))
    if layers == [own]:  # a layer for one parameter of the network
        return own
    return ".".join((*layers, NAMES.get(own, own)))


def is_gru(variable: keras.Variable) -> bool:
    """Return whether a variable has the gates of a GRU."""
    return "gru_cell" in variable.path.split("/")


def swap_gates(array: Any) -> Any:
    """Return the gates reset, update, candidate as Keras orders them, or back.

    Keras' order is update, reset, candidate.
    """
    reset, update, candidate = np.split(array, 3, axis=-1)
    return np.concatenate((update, reset, candidate), axis=-1)


def to_canonical(
    variables: Iterable[keras.Variable], arrays: Iterable[Any]
) -> dict[str, Any]:
    """Return arrays that belong to variables by their canonical names."""
    found: dict[str, Any] = {}
    for variable, value in zip(variables, arrays, strict=True):
        name, array = name_of(variable), canonical(value)
        if not is_gru(variable):
            found[name] = array
        elif name.endswith(".bias"):
            layer = name.removesuffix("bias")
            for bias, each in zip(BIASES, swap_gates(array), strict=True):
                found[layer + bias] = each
        else:
            found[name] = swap_gates(array)
    return found


def load(model: keras.Model, arrays: Mapping[str, Any]) -> None:
    """Set all parameters and buffers of a model."""
    for variable in list_state(model):
        name = name_of(variable)
        if not is_gru(variable):
            value = arrays[name]
        elif name.endswith(".bias"):
            layer = name.removesuffix("bias")
            value = np.stack([swap_gates(arrays[layer + b]) for b in BIASES])
        else:
            value = swap_gates(arrays[name])
        variable.assign(convert(value, variable.dtype))


def list_state(model: keras.Model) -> list[keras.Variable]:
    """Return the parameters and floating-point buffers of a model."""
    return [v for v in model.variables if "float" in v.dtype]


def convert(array: Any, dtype: str) -> Any:
    """Return an array as a tensor; floating-point ones in this dtype."""
    is_floating = np.issubdtype(array.dtype, np.floating)
    kind = dtype if is_floating else str(array.dtype)
    return ops.convert_to_tensor(array, dtype=kind)


def place(batch: Mapping[str, Any], *, dtype: str) -> tuple[Any, Any]:
    """Return a batch as Keras takes it: inputs and targets."""
    *inputs, targets = (convert(each, dtype) for each in batch.values())
    return inputs[0] if len(inputs) == 1 else tuple(inputs), targets


def canonical(tensor: Any) -> Any:
    """Return an array of NumPy; 16-bit numbers as float32."""
    found = np.array(ops.convert_to_numpy(tensor))
    return found.astype("float32") if found.dtype.itemsize == 2 else found
