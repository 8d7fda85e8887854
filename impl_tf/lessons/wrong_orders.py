"""The training loop: zero_grad, backward and step in the wrong order."""

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.keras.optimizers import SGD

STEPS, RATE = 30, 0.5


# [step: start]
def start() -> tuple[tf.Variable, SGD]:
    """Return weights of zero and an optimizer for them."""
    weight = tf.Variable(tf.zeros((3, 1), tf.float64))
    return weight, SGD(RATE)


def squared_error(weight: tf.Variable, x: Tensor, y: Tensor) -> Tensor:
    """Return the mean squared error of the weighted sums."""
    return tf.reduce_mean(tf.square(x @ weight - y))


# [step: data]
def main() -> dict[str, object]:
    """Train in one right and three wrong orders; return all losses."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((32, 3)))  # (batch, inputs)
    y = tf.reduce_sum(x, axis=1, keepdims=True)  # (batch, 1)
    right, stale, zeroed, summed = [], [], [], []

    # [step: right order]
    weight, optimizer = start()
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = squared_error(weight, x, y)
        right.append(loss.numpy())
        gradient = tape.gradient(loss, weight)
        optimizer.apply_gradients([(gradient, weight)])

    # [step: step before backward]
    weight, optimizer = start()
    gradient = tf.zeros_like(weight)
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = squared_error(weight, x, y)
        stale.append(loss.numpy())
        optimizer.apply_gradients([(gradient, weight)])
        gradient = tape.gradient(loss, weight)

    # [step: zero before step]
    weight, optimizer = start()
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = squared_error(weight, x, y)
        zeroed.append(loss.numpy())
        gradient = tape.gradient(loss, weight)
        gradient = tf.zeros_like(gradient)
        optimizer.apply_gradients([(gradient, weight)])

    # [step: never zeroed]
    weight, optimizer = start()
    gradient = tf.zeros_like(weight)
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = squared_error(weight, x, y)
        summed.append(loss.numpy())
        gradient += tape.gradient(loss, weight)
        optimizer.apply_gradients([(gradient, weight)])

    # [step: results]
    return {
        "right": right,
        "stale": stale,
        "zeroed": zeroed,
        "summed": summed,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
