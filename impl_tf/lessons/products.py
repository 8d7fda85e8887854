"""Matrix products: dot, `matmul`, batched `matmul` and broadcasting."""

import numpy as np
import tensorflow as tf


# [step: data]
def main() -> dict[str, object]:
    """Compute each kind of product that a network needs."""
    rng = np.random.default_rng(0)
    u = tf.constant(rng.standard_normal(3))
    v = tf.constant(rng.standard_normal(3))
    a = tf.constant(rng.standard_normal((2, 3)))
    b = tf.constant(rng.standard_normal((3, 4)))
    w = tf.constant(rng.standard_normal((3, 1)))
    y = tf.constant(rng.standard_normal(2))
    many_a = tf.constant(rng.standard_normal((5, 2, 3)))
    many_b = tf.constant(rng.standard_normal((5, 3, 4)))

    # [step: vectors]
    elementwise = u * v  # (3,)
    dot = tf.tensordot(u, v, axes=1)  # ()

    # [step: matrices]
    applied = tf.linalg.matvec(a, v)  # (2,)
    product = tf.linalg.matmul(a, b)  # (2, 4)

    # [step: batches]
    pairs = tf.linalg.matmul(many_a, many_b)  # (5, 2, 4)
    same_pairs = many_a @ many_b  # (5, 2, 4)

    # [step: broadcast matrix]
    against_one = many_a @ b  # (5, 2, 4)

    # [step: broadcast elements]
    shifted = many_a + v  # (5, 2, 3)
    table = tf.expand_dims(u, 1) * v  # (3, 3)

    # [step: loss]
    scores = a @ w  # (2, 1)
    error = scores[:, 0] - y  # (2,)
    loss = tf.reduce_mean(tf.square(error))

    # [step: results]
    return {
        "elementwise": elementwise,
        "dot": dot,
        "applied": applied,
        "product": product,
        "pairs": pairs,
        "same_pairs": same_pairs,
        "against_one": against_one,
        "shifted": shifted,
        "table": table,
        "error": error,
        "loss": loss,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
