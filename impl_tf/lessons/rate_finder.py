"""Learning-rate finder: raise the rate at each batch, watch the loss."""

from math import isnan

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

FIRST, LAST, GROWTH = 1e-6, 10, 1.2
LEFT_OUT = 15  # points at the end of the second picture


# [step: data]
def main() -> dict[str, object]:
    """Return the rates, the losses and the rate with the lowest loss."""
    images, labels = load_digits(return_X_y=True)  # (digits, pixels)
    data = tf.data.Dataset.from_tensor_slices((images / 16, labels))
    batches = iter(data.batch(64).repeat())

    # [step: model]
    model = tf.keras.layers.Dense(
        10, kernel_initializer="zeros", dtype="float64"
    )
    rate = tf.Variable(FIRST, dtype=tf.float64)
    optimizer = tf.keras.optimizers.SGD(lambda: rate)

    rates, losses = [], []
    while rate <= LAST:
        # [step: loss]
        x, y = next(batches)
        with tf.GradientTape() as tape:
            outputs = model(x)  # (batch, classes)
            right = tf.gather(outputs, y, batch_dims=1)  # (batch,)
            loss = tf.reduce_mean(tf.reduce_logsumexp(outputs, 1) - right)
        rates.append(rate.numpy())
        losses.append(loss.numpy())
        if isnan(losses[-1]):
            break

        # [step: update]
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        rate.assign(rate * GROWTH)

    # [step: results]
    best = np.nanargmin(losses)
    return {
        "rates": rates,
        "losses": losses,
        "shown_rates": rates[:-LEFT_OUT],
        "shown_losses": losses[:-LEFT_OUT],
        "rate_of_lowest": rates[best],
        "lowest": losses[best],
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
