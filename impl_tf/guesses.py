"""What inputs may a model take, by its declaration or first layer?"""

from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf
from compare.workloads.target import ArraySpec

BATCH, LENGTH = 8, 16
SIDES = 32, 64, 224  # of images
Guess = list[ArraySpec]


def read_examples(example: Any) -> Guess:
    """Return the specifications of examples, alone or in a collection."""
    if isinstance(example, dict):
        return [
            read_example(array, name=name) for name, array in example.items()
        ]
    many = isinstance(example, tuple | list)
    return [read_example(array) for array in (example if many else [example])]


def read_example(array: Any, *, name: str = "") -> ArraySpec:
    """Return the specification of one example."""
    tensor = tf.convert_to_tensor(array)
    shape = tuple(tensor.shape)
    if tensor.dtype.is_floating:
        return ArraySpec(shape=shape, name=name)
    if tensor.dtype == tf.bool:
        return ArraySpec(shape=shape, name=name, kind="bool")
    values = tensor.numpy()
    low, high = int(values.min()), int(values.max()) + 1
    kind = "int32" if tensor.dtype == tf.int32 else "int64"
    return ArraySpec(shape=shape, name=name, kind=kind, low=low, high=high)


def declared_inputs(model: Any) -> tuple[Guess, str] | None:
    """Return the inputs that a model declares, and how; None without."""
    # differs: a Keras model may declare its inputs; PyTorch's need not know
    declared = getattr(model, "inputs", None)
    if not isinstance(declared, list) or not declared:
        return None
    high = embedded_values(model)
    return [describe(tensor, high=high) for tensor in declared], "its inputs"


def describe(tensor: Any, *, high: int) -> ArraySpec:
    """Return the specification of a symbolic input."""
    rank = len(tensor.shape)
    free = [BATCH, *[SIDES[0] if rank == 4 else LENGTH] * (rank - 1)]
    sizes = zip(tensor.shape, free, strict=True)
    shape = tuple(size or default for size, default in sizes)
    kind = keras.backend.standardize_dtype(tensor.dtype)
    if kind.startswith("int"):
        return ArraySpec(shape=shape, kind=kind, high=high)
    return ArraySpec(shape=shape, kind="bool" if kind == "bool" else "float")


def embedded_values(model: Any) -> int:
    """Return how many different integers the model's embeddings accept."""
    sizes = [
        layer.input_dim
        for layer in flat_layers(model)
        if isinstance(layer, keras.layers.Embedding)
    ]
    return min(sizes, default=2)


def flat_layers(model: Any) -> list[Any]:
    """Return a model's layers, those of inner models included."""
    flatten = getattr(model, "_flatten_layers", None)
    if flatten is not None:
        return list(flatten(include_self=True))
    return [model, *getattr(model, "submodules", ())]


def layer_inputs(model: Any) -> Iterator[tuple[Guess, str]]:
    """Yield guesses from the first layer that states what it takes."""
    for layer in flat_layers(model):
        guesses = list(first_inputs(layer))
        if guesses:
            source = f"its first layer, {type(layer).__name__}"
            yield from ((guess, source) for guess in guesses)
            return


def first_inputs(layer: Any) -> Iterator[Guess]:
    """Yield the inputs that one layer may take, if it states them."""
    if isinstance(layer, keras.layers.Embedding):
        high = layer.input_dim
        yield [ArraySpec(shape=(BATCH, LENGTH), kind="int64", high=high)]
    elif isinstance(layer, keras.layers.Conv2D):
        for channels in (3, 1):
            yield [ArraySpec(shape=(BATCH, SIDES[0], SIDES[0], channels))]
    elif isinstance(layer, keras.layers.Conv1D | keras.layers.RNN):
        yield [ArraySpec(shape=(BATCH, LENGTH, SIDES[0]))]
    elif isinstance(layer, keras.layers.Dense):
        yield [ArraySpec(shape=(BATCH, SIDES[0]))]
    else:
        # A tf.Module's first matrix takes rows of its first axis.
        for name in ("weight", "w", "kernel"):
            matrix = getattr(layer, name, None)
            if isinstance(matrix, tf.Variable) and matrix.shape.rank == 2:
                yield [ArraySpec(shape=(BATCH, int(matrix.shape[0])))]
