"""Backward hooks: read and change gradients on their way back."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.keras.layers import Dense

LIMIT = 1.0


# [step: layer]
def make_layer() -> Dense:
    """Return a layer whose weights are known."""
    layer = Dense(2, use_bias=False, dtype="float64")
    layer.build((None, 3))
    layer.kernel.assign([[1.0, -1.0], [2.0, 0.5], [3.0, 4.0]])
    return layer


# [step: change a gradient]
@tf.custom_gradient
def clipped(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Return x; its gradient is clipped on the way back."""
    return tf.identity(x), lambda g: tf.clip_by_value(g, -LIMIT, LIMIT)


# [step: forward]
def main() -> dict[str, object]:
    """Return gradients with and without a change on the way back."""
    x = tf.Variable(np.arange(6.0).reshape(2, 3) / 4)
    layer = make_layer()

    # [step: read a gradient]
    with tf.GradientTape() as tape:
        outputs = layer(x)  # (batch, 2)
        loss = tf.reduce_sum(tf.square(outputs))
    seen, whole = tape.gradient(loss, [outputs, x])

    # [step: clip]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(clipped(layer(x))))
    limited = tape.gradient(loss, x)

    # [step: hook of a module]
    norms = []
    for factor in [1.0, 2.0]:
        with tf.GradientTape() as tape:
            outputs = layer(x)
            loss = tf.reduce_sum(tf.square(factor * outputs))
        norms.append(tf.norm(tape.gradient(loss, outputs)).numpy())

    # [step: remove]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(layer(x)))
    tape.gradient(loss, x)

    # [step: results]
    return {
        "seen": seen,
        "whole": whole,
        "limited": limited,
        "norms": norms,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
