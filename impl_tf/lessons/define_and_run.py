"""Define-and-run: build a static graph by hand, then feed it with data."""

import numpy as np
import tensorflow as tf
from tensorflow.compat import v1

STEPS = 50


# [step: data]
def main() -> dict[str, object]:
    """Build a training step as a graph; run it; return losses and weights."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 20))  # (batch, inputs)
    y = rng.standard_normal((16, 4))  # (batch, outputs)
    start1 = rng.standard_normal((20, 30))
    start2 = rng.standard_normal((30, 4))

    # [step: placeholders]
    graph = tf.Graph()
    with graph.as_default():
        inputs = v1.placeholder(tf.float64, (None, 20), name="inputs")
        targets = v1.placeholder(tf.float64, (None, 4), name="targets")

    # [step: variables]
    with graph.as_default():
        w1, w2 = v1.Variable(start1), v1.Variable(start2)

    # [step: forward]
    with graph.as_default():
        hidden = tf.nn.relu(inputs @ w1)
        error = hidden @ w2 - targets
        loss = tf.reduce_sum(tf.square(error))
        print(f"The loss is {loss.name!r}, a {type(loss).__name__}.")

    # [step: backward]
    with graph.as_default():
        gradients = v1.gradients(loss, [w1, w2])

    # [step: update]
    rate = 1e-4
    updates = []
    for weight, gradient in zip([w1, w2], gradients, strict=True):
        with graph.as_default(), graph.control_dependencies(gradients):
            updates.append(weight.assign_sub(rate * gradient))
    print(*(node.type for node in graph.get_operations()))

    # [step: run]
    session = v1.Session(graph=graph)
    session.run([w1.initializer, w2.initializer])
    losses = []
    for _ in range(STEPS):
        value, *_ = session.run([loss, *updates], {inputs: x, targets: y})
        losses.append(value)
    trained1, trained2 = session.run([w1, w2])
    session.close()

    # [step: results]
    return {
        "losses": losses,
        "w1": trained1,
        "w2": trained2,
        "nodes": len(graph.get_operations()),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
