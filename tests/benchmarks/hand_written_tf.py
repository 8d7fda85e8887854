"""The training steps as a user would write them, without the toolkit."""

from __future__ import annotations

import keras
import tensorflow as tf


def variables_of(shapes):
    """Return variables of these shapes with small random values."""
    return {n: tf.Variable(0.05 * tf.random.normal(s)) for n, s in shapes.items()}


def two_layer(v, *, rate, decay):
    """Return the loss and the update: gradient descent written out."""

    def loss_fn(x, y):
        h = tf.nn.relu(tf.matmul(x, v["hidden.weight"]))
        y_pred = tf.matmul(h, v["output.weight"])
        return tf.reduce_sum(tf.square(y_pred - y))

    def update(gradients):
        for p, gradient in zip(v.values(), gradients, strict=True):
            p.assign_sub(rate * gradient)

    return loss_fn, update


def cnn(v, *, rate, decay):
    """Return the loss and the update: the SGD of Keras."""
    optimizer = keras.optimizers.SGD(rate, weight_decay=decay)
    optimizer.build(list(v.values()))

    def loss_fn(x, y):
        for layer in ("conv1", "conv2", "conv3", "conv4"):
            x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
            x = tf.nn.conv2d(x, v[f"{layer}.weight"], 2, "VALID")
            x = tf.nn.relu(tf.nn.bias_add(x, v[f"{layer}.bias"]))
        x = tf.reduce_mean(x, axis=(1, 2))
        logits = tf.nn.bias_add(tf.matmul(x, v["head.weight"]), v["head.bias"])
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)
        return tf.reduce_mean(each)

    return loss_fn, optimizer.apply


def loop(mode, workload, shapes, batches, *, rate, decay):
    """Return a function that performs a number of steps, and nothing else."""
    v = variables_of(shapes)
    make = {"two_layer": two_layer, "cnn": cnn}[workload]
    loss_fn, update = make(v, rate=rate, decay=decay)
    variables = list(v.values())

    def step_fn(x, y):
        with tf.GradientTape() as tape:
            loss = loss_fn(x, y)
        update(tape.gradient(loss, variables))
        return loss

    if mode != "eager":
        step_fn = tf.function(step_fn, jit_compile=mode == "xla")
    tensors = [(tf.constant(x), tf.constant(y)) for x, y in batches]

    def run(steps):
        for step in range(steps):
            x, y = tensors[step % len(tensors)]
            step_fn(x, y)
        tf.test.experimental.sync_devices()

    return run
