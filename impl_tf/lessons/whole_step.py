"""Graph capture of a training step: nothing, the forward, all of it."""

import numpy as np
import tensorflow as tf

STEPS, RATE, HIDDEN = 20, 1e-5, 30


# [step: loss]
def loss_of(
    weights: list[tf.Variable], x: tf.Tensor, y: tf.Tensor
) -> tf.Tensor:
    """Return the squared error of a two-layer network."""
    hidden = tf.maximum(x @ weights[0], 0)  # (batch, hidden)
    return tf.reduce_sum(tf.square(hidden @ weights[1] - y))


# [step: training step]
def step(weights: list[tf.Variable], x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Run forward, loss, backward and update; return the loss."""
    with tf.GradientTape() as tape:
        loss = loss_of(weights, x, y)
    gradients = tape.gradient(loss, weights)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.assign_sub(RATE * gradient)
    return loss


# [step: data]
def main() -> dict[str, object]:
    """Train the same weights three ways; return weights and graph sizes."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((16, 20)))  # (batch, inputs)
    y = tf.constant(rng.standard_normal((16, 4)))  # (batch, outputs)
    start = rng.standard_normal((20, HIDDEN)), rng.standard_normal((HIDDEN, 4))

    # [step: inspect graphs]
    def look(function: tf.types.experimental.ConcreteFunction) -> list[str]:
        return [node.type for node in function.graph.get_operations()]

    # [step: eager execution]
    eager = [tf.Variable(array) for array in start]
    for _ in range(STEPS):
        eager_loss = step(eager, x, y)

    # [step: captured forward]
    captured = tf.function(loss_of)
    forward = [tf.Variable(array) for array in start]
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            forward_loss = captured(forward, x, y)
        gradients = tape.gradient(forward_loss, forward)
        for weight, gradient in zip(forward, gradients, strict=True):
            weight.assign_sub(RATE * gradient)
    forward_graph = look(captured.get_concrete_function(forward, x, y))

    # [step: captured step]
    captured = tf.function(step)
    whole = [tf.Variable(array) for array in start]
    for _ in range(STEPS):
        whole_loss = captured(whole, x, y)
    whole_graph = look(captured.get_concrete_function(whole, x, y))

    # [step: graph contents]
    print("forward:", *forward_graph)
    print("whole step:", *whole_graph)

    # [step: results]
    return {
        "losses": [eager_loss, forward_loss, whole_loss],
        "eager_w2": eager[1],
        "forward_w2": forward[1],
        "whole_w2": whole[1],
        "forward_products": forward_graph.count("MatMul"),
        "whole_products": whole_graph.count("MatMul"),
        "forward_updates": forward_graph.count("AssignSubVariableOp"),
        "whole_updates": whole_graph.count("AssignSubVariableOp"),
        "forward_nodes": len(forward_graph),
        "whole_nodes": len(whole_graph),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
