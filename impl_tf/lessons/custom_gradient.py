"""A new operation with its own gradient: a numerically stable sigmoid."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf


# [step: custom gradient]
@tf.custom_gradient
def sigmoid(x: tf.Tensor) -> tuple[tf.Tensor, Callable[..., tf.Tensor]]:
    """Sigmoid: a number between 0 and 1 for each element of x."""
    power = tf.exp(-tf.abs(x))  # never above 1
    y = tf.where(x < 0, power, 1) / (1 + power)

    def backward(upstream: tf.Tensor) -> tf.Tensor:
        return upstream * y * (1 - y)

    return y, backward


# [step: automatic gradient]
def plain(x: tf.Tensor) -> tf.Tensor:
    """Return the same values; the framework derives the gradient."""
    power = tf.exp(-tf.abs(x))
    return tf.where(x < 0, power, 1) / (1 + power)


# [step: count nodes]
def nodes_of(function: Callable[[tf.Tensor], tf.Tensor]) -> list[str]:
    """Return the operations that the backward pass adds to a graph."""
    with tf.Graph().as_default() as graph:
        x = tf.constant(0.0, dtype=tf.float64)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        forward = len(graph.get_operations())
        tape.gradient(y, x)
        added = graph.get_operations()[forward:]
    return [each.type for each in added if each.type != "Const"]


# [step: values]
def main() -> dict[str, object]:
    """Evaluate the function, list its operations, check its gradient."""
    x = tf.constant([-2.0, 0.0, 2.0], dtype=tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, y_plain = sigmoid(x), plain(x)
    gradient = tape.gradient(y, x)
    gradient_plain = tape.gradient(y_plain, x)

    # [step: nodes]
    ours, derived = nodes_of(sigmoid), nodes_of(plain)
    print(f"ours: {ours}", f"plain: {derived}", sep="\n")

    # [step: extreme inputs]
    far = tf.constant([-1000.0, 1000.0], dtype=tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(far)
        far_y = sigmoid(far)
    far_gradient = tape.gradient(far_y, far)

    # [step: gradient check]
    stated, measured = tf.test.compute_gradient(sigmoid, [x])
    right = np.allclose(stated, measured, atol=1e-5)

    # [step: results]
    return {
        "y": y,
        "gradient": gradient,
        "gradient_plain": gradient_plain,
        "nodes": len(ours),
        "nodes_plain": len(derived),
        "far_y": far_y,
        "far_gradient": far_gradient,
        "right": right,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
