"""One-cycle schedule: the rate goes up and down, momentum down and up."""

from math import cos, pi

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

EPOCHS, STEPS, RISING = 5, 145, 0.2
START, PEAK, END = 0.02, 0.25, 1e-5  # learning rate
HEAVY, LIGHT = 0.95, 0.85  # momentum


# [step: formula]
def cosine(start: float, end: float, part: float) -> float:
    """Return a value between start and end along half a cosine."""
    return end + (start - end) * (1 + cos(pi * part)) / 2


def one_cycle(step: int) -> tuple[float, float]:
    """Return the learning rate and the momentum of a step."""
    top = RISING * STEPS - 1
    if step <= top:
        part = step / top
        return cosine(START, PEAK, part), cosine(HEAVY, LIGHT, part)
    part = (step - top) / (STEPS - 1 - top)
    return cosine(PEAK, END, part), cosine(LIGHT, HEAVY, part)


# [step: data]
def main() -> dict[str, object]:
    """Return the schedule, the losses and the last epoch's mean loss."""
    images, labels = load_digits(return_X_y=True)  # (digits, pixels)
    data = tf.data.Dataset.from_tensor_slices((images / 16, labels))
    batches = data.batch(64)

    # [step: model]
    hidden = tf.keras.layers.Dense(32, activation="tanh", dtype="float64")
    output = tf.keras.layers.Dense(10, dtype="float64")
    model = tf.keras.Sequential([hidden, output])
    model.build((None, 64))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.1, w.shape) for w in model.weights])

    # [step: schedule]
    schedule = map(one_cycle, range(STEPS))
    weights = model.trainable_variables
    velocities = [tf.Variable(tf.zeros_like(w)) for w in weights]

    rates, momenta, losses = [], [], []
    for _ in range(EPOCHS):
        for x, y in batches:
            # [step: step]
            rate, momentum = next(schedule)
            with tf.GradientTape() as tape:
                each = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels=y, logits=model(x)
                )  # (batch,)
                loss = tf.reduce_mean(each)
            gradients = tape.gradient(loss, weights)
            for w, v, g in zip(weights, velocities, gradients, strict=True):
                v.assign(momentum * v + g)
                w.assign_sub(rate * v)
            rates.append(rate)
            momenta.append(momentum)
            losses.append(loss.numpy())

    # [step: results]
    return {
        "rates": rates,
        "momenta": momenta,
        "by_formula": [one_cycle(step) for step in range(STEPS)],
        "losses": losses,
        "last_epoch": np.mean(losses[-29:]),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
