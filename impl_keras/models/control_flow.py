"""Two dense layers with a ReLU; previous losses choose the second one."""

from typing import Any

import keras
from keras import layers, ops


def control_flow(*, inputs: int, hidden: int, outputs: int) -> keras.Model:
    x = keras.Input((inputs,))  # (N, inputs)
    h = layers.Dense(hidden, use_bias=False, name="hidden")(x)
    h = layers.ReLU()(h)  # (N, hidden)
    h, has_fallen = Losses(name="losses")(h)
    y = Choice(outputs, name="output")((h, has_fallen))
    return keras.Model(x, y)  # (N, outputs)


class Losses(layers.Layer):
    """Keeps the last two losses, the last one first."""

    def build(self, _: Any) -> None:
        self.losses_kept = self.add_weight(
            (2,), "zeros", name="losses", trainable=False
        )

    def call(self, x: Any) -> Any:
        """Return the input, and whether the loss has fallen."""
        return x, self.losses_kept[0] < self.losses_kept[1]

    def remember(self, loss: Any) -> None:
        last = ops.cast(ops.stop_gradient(loss), self.losses_kept.dtype)
        self.losses_kept.assign(ops.stack((last, self.losses_kept[0])))


class Choice(layers.Layer):
    """One of two dense layers."""

    def __init__(self, outputs: int, *, name: str) -> None:
        super().__init__(name=name)
        self.outputs = outputs

    def build(self, shapes: Any) -> None:
        (_, hidden), _ = shapes
        shape = (hidden, self.outputs)
        self.falling = self.add_weight(shape, name="falling")
        self.rising = self.add_weight(shape, name="rising")

    def call(self, inputs: Any) -> Any:
        h, has_fallen = inputs
        return ops.cond(
            has_fallen,
            lambda: ops.matmul(h, self.falling),
            lambda: ops.matmul(h, self.rising),
        )
