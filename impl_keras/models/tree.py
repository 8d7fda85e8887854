"""A recursive network over the parse tree of a batch, with a linear head."""

from typing import Any

import keras
from keras import layers, ops


def tree(*, features: int, width: int, operators: int) -> keras.Model:
    leaves = keras.Input((None, features))  # (N, leaves, features)
    rows = keras.Input(batch_shape=(None, 3), dtype="int64")  # (nodes, 3)
    encoded = ops.tanh(layers.Dense(width, name="leaf")(leaves))
    root = Combine(operators, name="combine")((encoded, rows))
    y = layers.Dense(1, name="head")(root)
    return keras.Model((leaves, rows), y)  # (N, 1)


class Combine(layers.Layer):
    """The states of all nodes, operands first; the root is the last one.

    Each is tanh of a dense layer of two operands; each operator has one.
    """

    def __init__(self, operators: int, *, name: str) -> None:
        super().__init__(name=name)
        self.operators = operators

    def build(self, shapes: Any) -> None:
        (*_, width), _ = shapes
        count = self.operators
        self.matrices = self.add_weight(
            (count, 2, width, width), name="weights"
        )
        self.biases = self.add_weight((count, width), name="biases")

    def compute_output_shape(self, shapes: Any) -> Any:
        (count, _, width), _ = shapes
        return (count, width)

    def call(self, inputs: Any) -> Any:
        leaves, rows = inputs
        states = ops.transpose(leaves, (1, 0, 2))  # (leaves, N, width)
        first, count = ops.shape(states)[0], ops.shape(rows)[0]
        room = ops.zeros((count, *ops.shape(states)[1:]), states.dtype)
        states = ops.concatenate((states, room))

        def advance(number: Any, states: Any) -> Any:
            row = rows[number]
            operands = ops.take(states, row[1:], axis=0)  # (2, N, width)
            weights = ops.take(self.matrices, row[0], axis=0)
            z = ops.sum(ops.matmul(operands, weights), axis=0)  # (N, width)
            state = ops.tanh(z + ops.take(self.biases, row[0], axis=0))
            place = ops.reshape(first + number, (1, 1))
            return ops.scatter_update(states, place, state[None])

        # A graph does not contain the tree: it serves every batch.
        return ops.fori_loop(0, count, advance, states)[-1]
