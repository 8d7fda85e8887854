"""Three ways to train: training loop, closure or train_on_batch, fit."""

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.keras import Sequential, layers
from tensorflow.keras.optimizers import SGD

EPOCHS, RATE, MOMENTUM = 40, 0.125, 0.5
SHAPES = [(3, 16), (16,), (16, 1), (1,)]  # weight and bias of two layers

squared_error = tf.keras.losses.MeanSquaredError(dtype="float64")


# [step: start]
def start() -> tuple[Sequential, SGD]:
    """Return the same untrained network and a new optimizer for it."""
    hidden = layers.Dense(16, activation="tanh", dtype="float64")
    output = layers.Dense(1, dtype="float64")
    inputs = layers.Input((3,), dtype="float64")
    model = Sequential([inputs, hidden, output])
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.5, shape) for shape in SHAPES])
    return model, SGD(RATE, momentum=MOMENTUM)


# [step: training loop]
def own_loop(model: Sequential, optimizer: SGD, x: Tensor, y: Tensor) -> None:
    """Train with every call of a step written out."""
    variables = model.trainable_variables
    for _ in range(EPOCHS):
        with tf.GradientTape() as tape:
            loss = squared_error(y, model(x))
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))


# [step: closure or train on batch]
def handed_over(
    model: Sequential, optimizer: SGD, x: Tensor, y: Tensor
) -> None:
    """Train with a loss that the model calls."""
    model.compile(optimizer, loss=squared_error)
    for _ in range(EPOCHS):
        model.train_on_batch(x, y)


# [step: fit]
def fit(
    model: Sequential, optimizer: SGD, x: Tensor, y: Tensor, epochs: int
) -> None:
    """Train on the data for a number of epochs."""
    batches = tf.data.Dataset.from_tensors((x, y))
    model.compile(optimizer, loss=squared_error)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)


# [step: data]
def main() -> dict[str, object]:
    """Train in all three ways; return the losses and the weights."""
    rng = np.random.default_rng(1)
    x = tf.constant(rng.standard_normal((64, 3)))  # (batch, inputs)
    y = tf.sin(tf.reduce_sum(x, axis=1, keepdims=True))  # (batch, 1)

    # [step: train]
    looped, optimizer = start()
    untrained = squared_error(y, looped(x)).numpy()
    own_loop(looped, optimizer, x, y)
    handed, optimizer = start()
    handed_over(handed, optimizer, x, y)
    fitted, optimizer = start()
    fit(fitted, optimizer, x, y, EPOCHS)

    # [step: results]
    return {
        "untrained": untrained,
        "trained": [
            squared_error(y, model(x)).numpy()
            for model in (looped, handed, fitted)
        ],
        "looped": looped.layers[0].kernel,  # (inputs, outputs)
        "handed": handed.layers[0].kernel,
        "fitted": fitted.layers[0].kernel,
        "has_minimize": hasattr(optimizer, "minimize"),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
