"""Graph or no graph: the same function run by Python and as a graph."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

STEPS, RATE = 20, 0.125
seen: list[str] = []  # the type of a tensor, each time that Python runs


# [step: function]
def loss_of(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return the mean squared error of a weighted sum."""
    error = x @ w - y  # (batch, 1)
    seen.append(type(error).__name__)
    return tf.reduce_mean(tf.square(error))


# [step: choice]
def bend(x: Tensor) -> Tensor:
    """Double x if its sum is positive, else subtract one."""
    return 2 * x if tf.reduce_sum(x) > 0 else x - 1


# [step: train]
def train(
    objective: Callable[..., Tensor], x: Tensor, y: Tensor
) -> list[float]:
    """Minimise a function by gradient descent and return its values."""
    w = tf.Variable(tf.zeros((3, 1), tf.float64))
    losses = []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = objective(w, x, y)
        losses.append(loss.numpy())
        w.assign_sub(RATE * tape.gradient(loss, w))
    return losses


# [step: define by run]
def main() -> dict[str, object]:
    """Train without and with a graph; return what ran and what it saw."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((16, 3)))  # (batch, inputs)
    y = tf.constant(rng.standard_normal((16, 1)))  # (batch, 1)
    seen.clear()
    losses = train(loss_of, x, y)
    runs_by_python, saw = len(seen), seen[-1]

    # [step: define and run]
    seen.clear()
    graph = tf.function(loss_of)
    graph_losses = train(graph, x, y)
    runs_with_graph, graph_saw = len(seen), seen[-1]

    # [step: a graph is data]
    w = tf.Variable(tf.zeros((3, 1), tf.float64))
    traced = graph.get_concrete_function(w, x, y).graph
    nodes = [operation.type for operation in traced.get_operations()]
    print(*nodes)
    products = nodes.count("MatMul")

    # [step: a choice in a graph]
    chosen = bend(x)
    try:
        tf.function(bend, autograph=False)(x)
        refused = False
    except TypeError as error:
        print(error)
        refused = True

    # [step: results]
    return {
        "losses": losses,
        "graph_losses": graph_losses,
        "runs_by_python": runs_by_python,
        "runs_with_graph": runs_with_graph,
        "saw": saw,
        "graph_saw": graph_saw,
        "nodes": nodes,
        "products": products,
        "chosen": chosen,
        "refused": refused,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
