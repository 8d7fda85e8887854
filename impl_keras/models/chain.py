"""Multiplications and subtractions in turn, between a gain and an offset."""

from typing import Any

import keras
from keras import layers


def chain(*, operations: int, width: int) -> keras.Model:
    arrays = keras.Input((4, width))
    x, factors, others, terms = (arrays[:, number] for number in range(4))
    x = Scale(name="scale")(x)  # (N, width)
    for _ in range(operations // 2):
        x = x * factors
        x = terms - x
        factors, others = others, factors
    if operations % 2 == 1:
        x = x * factors
    return keras.Model(arrays, Shift(name="shift")(x))  # (N, width)


class Scale(layers.Layer):
    """A product with a parameter."""

    def build(self, shape: Any) -> None:
        self.gain = self.add_weight((shape[-1],), name="gain")

    def call(self, x: Any) -> Any:
        return x * self.gain


class Shift(layers.Layer):
    """A sum with a parameter."""

    def build(self, shape: Any) -> None:
        self.offset = self.add_weight((shape[-1],), name="offset")

    def call(self, x: Any) -> Any:
        return x + self.offset
