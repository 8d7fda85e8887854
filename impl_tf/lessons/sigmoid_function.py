"""A new operation as a Python function: sigmoid from exp and division."""

from collections.abc import Callable

import tensorflow as tf


# [step: function]
def sigmoid(x: tf.Tensor) -> tf.Tensor:
    """Return a number between 0 and 1 for each element of x."""
    power = tf.exp(x)
    return power / (1 + power)


# [step: count nodes]
def nodes_of(function: Callable[[tf.Tensor], tf.Tensor]) -> list[str]:
    """Return the operations recorded when the function is traced."""
    any_vector = tf.TensorSpec([None], tf.float64)
    traced = tf.function(function).get_concrete_function(any_vector)
    return [
        operation.type
        for operation in traced.graph.get_operations()
        if operation.type not in ("Placeholder", "Const", "Identity")
    ]


# [step: values]
def main() -> dict[str, object]:
    """Evaluate the function, list its operations, and make it overflow."""
    x = tf.Variable([-2.0, 0.0, 2.0], dtype=tf.float64)
    with tf.GradientTape() as tape:
        y = sigmoid(x)
    gradient = tape.gradient(y, x)

    # [step: nodes]
    ours, built_in = nodes_of(sigmoid), nodes_of(tf.sigmoid)
    print(f"ours: {ours}", f"built in: {built_in}", sep="\n")

    # [step: extreme inputs]
    far = tf.Variable([-1000.0, 1000.0], dtype=tf.float64)
    with tf.GradientTape() as tape:
        far_y = sigmoid(far)
    far_gradient = tape.gradient(far_y, far)

    # [step: results]
    return {
        "y": y,
        "gradient": gradient,
        "nodes": len(ours),
        "nodes_built_in": len(built_in),
        "far_y": far_y,
        "far_gradient": far_gradient,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
