"""Autograd: gradients from a computational graph recorded at run time."""

import numpy as np
import tensorflow as tf

STEPS, RATE = 100, 1e-4


# [step: data]
def main() -> dict[str, object]:
    """Train on random data; return losses, last gradients and weights."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((16, 20)))  # (batch, inputs)
    y = tf.constant(rng.standard_normal((16, 4)))  # (batch, outputs)

    # [step: parameters]
    w1 = tf.Variable(rng.standard_normal((20, 30)))
    w2 = tf.Variable(rng.standard_normal((30, 4)))

    losses = []
    for _ in range(STEPS):
        # [step: forward]
        with tf.GradientTape() as tape:
            hidden = tf.maximum(x @ w1, 0)  # (batch, hidden)
            loss = tf.reduce_sum(tf.square(hidden @ w2 - y))
        losses.append(loss.numpy())

        # [step: backward]
        grad1, grad2 = tape.gradient(loss, [w1, w2])

        # [step: update]
        w1.assign_sub(RATE * grad1)
        w2.assign_sub(RATE * grad2)

    # [step: results]
    return {
        "losses": losses,
        "grad1": grad1,
        "grad2": grad2,
        "w1": w1,
        "w2": w2,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
