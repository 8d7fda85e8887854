"""Modules that the program of a batch puts in an order, and a linear head."""

from typing import Any

import keras
from keras import layers, ops


def modular(*, width: int, outputs: int, modules: int) -> keras.Model:
    x = keras.Input((width,))  # (N, width)
    program = keras.Input(batch_shape=(None,), dtype="int64")  # (depth,)
    features = Bank(modules, name="bank")((x, program))
    y = layers.Dense(outputs, name="head")(features)
    return keras.Model((x, program), y)  # (N, outputs)


class Bank(layers.Layer):
    """Dense layers with tanh, in the order of a program."""

    def __init__(self, modules: int, *, name: str) -> None:
        super().__init__(name=name)
        self.modules = modules

    def build(self, shapes: Any) -> None:
        (_, width), _ = shapes
        count = self.modules
        self.matrices = self.add_weight((count, width, width), name="weights")
        self.biases = self.add_weight((count, width), name="biases")

    def compute_output_shape(self, shapes: Any) -> Any:
        return shapes[0]

    def call(self, inputs: Any) -> Any:
        x, program = inputs
        # A graph must not contain the program: it serves every batch.
        weights = ops.take(self.matrices, program, axis=0)
        biases = ops.take(self.biases, program, axis=0)  # (depth, width)
        for place in range(program.shape[0]):
            x = ops.tanh(ops.matmul(x, weights[place]) + biases[place])
        return x
