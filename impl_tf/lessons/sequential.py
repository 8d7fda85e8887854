"""Sequential: a two-layer network that classifies digits."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras import layers

STEPS, RATE, TRAINED_ON = 60, 0.5, 1500
SHAPES = [(64, 32), (32,), (32, 10), (10,)]  # weight and bias of two layers


# [step: data]
def main() -> dict[str, object]:
    """Train a digit classifier; return losses, test result and weights."""
    digits = load_digits()
    images = tf.constant(digits.data / 16)  # (images, pixels)
    labels = tf.constant(digits.target)  # (images,)
    x, x_test = images[:TRAINED_ON], images[TRAINED_ON:]
    y, y_test = labels[:TRAINED_ON], labels[TRAINED_ON:]

    # [step: model]
    model = tf.keras.Sequential(
        [
            layers.Input((64,), dtype="float64"),
            layers.Dense(32, activation="relu", dtype="float64"),
            layers.Dense(10, dtype="float64"),
        ]
    )

    # [step: start]
    rng = np.random.default_rng(0)
    start = [rng.normal(0, 0.1, shape) for shape in SHAPES]
    model.set_weights(start)

    # [step: train]
    cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, dtype="float64"
    )
    optimizer = tf.keras.optimizers.SGD(RATE)
    variables = model.trainable_variables
    losses = []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = cross_entropy(y, model(x))
        losses.append(loss.numpy())
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))

    # [step: test]
    read = tf.argmax(model(x_test), axis=1)
    right = tf.math.count_nonzero(read == y_test)

    # [step: results]
    return {
        "losses": losses,
        "right": right,
        "tested": len(y_test),
        "hidden": model.layers[0].kernel,  # (inputs, outputs)
        "output": model.layers[-1].kernel,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
