"""Calling backward twice: `retain_graph` and `persistent`."""

import tensorflow as tf

KEEP = False


# [step: forward]
def main() -> dict[str, object]:
    """Request gradients from the same graph several times."""
    w = tf.Variable([0.0, 1.0, 2.0], dtype=tf.float64)
    with tf.GradientTape(persistent=KEEP) as tape:
        loss = tf.reduce_sum(tf.exp(w))

    # [step: first backward]
    first = tape.gradient(loss, [w])

    # [step: second backward]
    message = ""
    try:
        tape.gradient(loss, [w])
    except RuntimeError as error:
        message = str(error)
        print(message)
    refused = bool(message)

    # [step: nothing saved]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w + 1)
    tape.gradient(loss, [w])
    try:
        tape.gradient(loss, [w])
        reusable = True
    except RuntimeError:
        reusable = False

    # [step: retained graph]
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(tf.exp(w))
    once = tape.gradient(loss, [w])
    again = tape.gradient(loss, [w])

    # [step: shared subgraph]
    with tf.GradientTape(persistent=True) as tape:
        shared = tf.exp(w)
        small, large = tf.reduce_sum(shared), tf.reduce_sum(tf.square(shared))
    grad_small = tape.gradient(small, [w])
    grad_large = tape.gradient(large, [w])

    # [step: summed losses]
    with tf.GradientTape() as tape:
        shared = tf.exp(w)
        both = tf.reduce_sum(shared) + tf.reduce_sum(tf.square(shared))
    grad_both = tape.gradient(both, [w])

    # [step: results]
    return {
        "first": first[0],
        "message": message,
        "refused": refused,
        "reusable": reusable,
        "once": once[0],
        "again": again[0],
        "grad_small": grad_small[0],
        "grad_large": grad_large[0],
        "grad_both": grad_both[0],
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
