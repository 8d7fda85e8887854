"""Optimizers: momentum, Adam, AdamW and a learning-rate schedule."""

from collections.abc import Callable

import tensorflow as tf
from tensorflow import Tensor
from tensorflow.keras.optimizers import SGD, Adam, AdamW, Optimizer
from tensorflow.keras.optimizers.schedules import ExponentialDecay

STEPS, RATE, DECAY = 40, 0.125, 0.5
START, SCALES = [4.0, 4.0], [0.5, 8.0]


# [step: loss]
def loss_of(w: Tensor) -> Tensor:
    """Return a quadratic: flat along one axis, steep along the other."""
    return tf.reduce_sum(tf.constant(SCALES, w.dtype) * tf.square(w)) / 2


# [step: adam by formula]
def by_formula(decay: float) -> Tensor:
    """Return the path of Adam; with a decay, of AdamW."""
    w = tf.Variable(START, dtype=tf.float64)
    m, v = tf.zeros_like(w), tf.zeros_like(w)
    path = []
    for step in range(1, STEPS + 1):
        with tf.GradientTape() as tape:
            loss = loss_of(w)
        gradient = tape.gradient(loss, w)
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * tf.square(gradient)
        mean, square = m / (1 - 0.9**step), v / (1 - 0.999**step)
        w.assign_sub(RATE * (mean / (tf.sqrt(square) + 1e-8) + decay * w))
        path.append(tf.identity(w))
    return tf.stack(path)  # (steps, 2)


# [step: optimizer of the library]
def by_library(kind: Callable[..., Optimizer], **options: float) -> Tensor:
    """Return the path of an optimizer of the library."""
    w = tf.Variable(START, dtype=tf.float64)
    optimizer = kind(RATE, **options)
    path = []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = loss_of(w)
        optimizer.apply([tape.gradient(loss, w)], [w])
        path.append(tf.identity(w))
    return tf.stack(path)  # (steps, 2)


# [step: plain and momentum]
def main() -> dict[str, object]:
    """Return the path of each optimizer, and the rates of a schedule."""
    plain = by_library(SGD)
    momentum = by_library(SGD, momentum=0.75)

    # [step: adam]
    adam, adamw = by_formula(0.0), by_formula(DECAY)
    library = by_library(Adam, epsilon=1e-8)
    decayed = by_library(AdamW, epsilon=1e-8, weight_decay=DECAY)

    # [step: created after backward]
    w = tf.Variable(START, dtype=tf.float64)
    with tf.GradientTape() as tape:
        loss = loss_of(w)
    gradient = tape.gradient(loss, w)
    SGD(RATE).apply([gradient], [w])
    late = w.numpy()

    # [step: schedule]
    optimizer = SGD(ExponentialDecay(RATE, decay_steps=1, decay_rate=0.5))
    rates = []
    for _ in range(4):
        rates.append(float(optimizer.learning_rate))
        optimizer.apply([gradient], [w])

    # [step: results]
    return {
        "plain": plain,
        "momentum": momentum,
        "adam": adam,
        "adamw": adamw,
        "adam_deviation": tf.reduce_max(tf.abs(library - adam)),
        "adamw_deviation": tf.reduce_max(tf.abs(decayed - adamw)),
        "late": late,
        "rates": rates,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
