"""Weight updates: in place and outside the computational graph."""

import numpy as np
import tensorflow as tf

STEPS, RATE = 20, 0.1
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((16, 3)), RNG.standard_normal(16)


# [step: loss]
def loss_of(w: tf.Tensor) -> tf.Tensor:
    """Return the mean squared error of a linear model on random data."""
    return tf.reduce_mean(tf.square(tf.linalg.matvec(X, w) - Y))


# [step: weight]
def main() -> dict[str, object]:
    """Update a weight correctly, then incorrectly; compare the effects."""
    w = tf.Variable(tf.zeros(3, dtype=tf.float64))
    held = w  # as an optimizer or a layer would hold it

    # [step: in place]
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = loss_of(w)
        gradient = tape.gradient(loss, w)
        w.assign_sub(RATE * gradient)
    trained, held_in_place = w.numpy(), held.numpy()

    # [step: inside the graph]
    with tf.GradientTape() as tape:
        w.assign_sub(RATE * w)
        loss = tf.reduce_sum(w)
    print(f"gradient: {tape.gradient(loss, w)}")
    w.assign(trained)

    # [step: new tensor]
    w = w - RATE * gradient
    print(f"a variable: {isinstance(w, tf.Variable)}")
    rebound, held_rebound = w.numpy(), held.numpy()

    # [step: next step]
    with tf.GradientTape() as tape:
        loss = loss_of(w)
    to_rebound, to_held = tape.gradient(loss, [w, held])
    missing = to_rebound is None
    reached = to_held is not None

    # [step: results]
    return {
        "trained": trained,
        "held_in_place": held_in_place,
        "rebound": rebound,
        "held_rebound": held_rebound,
        "missing": missing,
        "reached": reached,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
