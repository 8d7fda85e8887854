"""Leaf tensors: which tensors get a gradient, and when it is `None`."""

import tensorflow as tf


# [step: tensors]
def main() -> dict[str, object]:
    """Request gradients at every position of a small graph."""
    x = tf.constant([0.1, 0.2, 0.3], dtype=tf.float64)
    w = tf.Variable([2.0, 1.0, 4.0], dtype=tf.float64)
    unused = tf.Variable(tf.zeros(3, dtype=tf.float64))

    # [step: graph]
    with tf.GradientTape() as tape:
        product = w * x
        loss = tf.reduce_sum(tf.square(product))
    leaves = [isinstance(each, tf.Variable) for each in (x, w, product)]

    # [step: backward]
    gradients = tape.gradient(loss, [x, w, product, unused])
    _, grad_w, grad_product, _ = gradients

    # [step: missing gradients]
    print(f"x: {gradients[0]}, unused: {gradients[3]}")
    missing = [each is None for each in gradients]

    # [step: connections]
    requires = [each is not None for each in gradients[:3]]

    # [step: input gradients]
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.square(w * x))
    (grad_x,) = tape.gradient(loss, [x])

    # [step: stop gradient]
    with tf.GradientTape() as tape:
        product = w * x
        loss = tf.reduce_sum(tf.stop_gradient(product) * product)
    (grad_cut,) = tape.gradient(loss, [w])

    # [step: variables of the past]
    wrapped = tf.Variable(w)
    kind = type(wrapped).__name__

    # [step: results]
    return {
        "leaves": leaves,
        "grad_w": grad_w,
        "grad_product": grad_product,
        "missing": missing,
        "requires": requires,
        "grad_x": grad_x,
        "grad_cut": grad_cut,
        "kind": kind,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
