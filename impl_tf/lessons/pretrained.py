"""Transfer learning: pretrained weights, a frozen body and a new head."""

from tempfile import TemporaryDirectory

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import Tensor
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense

STEPS, RATE, FEW = 50, 0.5, 50


# [step: names]
def named(model: Sequential) -> dict[str, tf.Variable]:
    """Return every weight as (inputs, outputs), by layer and weight name."""
    return {
        f"{layer.name}.{name}": weight
        for layer in model.layers
        for name, weight in zip(["weight", "bias"], layer.weights, strict=True)
    }


# [step: net]
def net(head: str) -> Sequential:
    """Return a body with a head of this name, for five digits."""
    model = Sequential([tf.keras.Input((64,), dtype="float64")])
    model.add(Dense(32, activation="relu", name="body", dtype="float64"))
    model.add(Dense(5, name=head, dtype="float64"))
    rng = np.random.default_rng(0)
    for weight in named(model).values():
        weight.assign(rng.normal(0, 0.1, weight.shape))
    return model


# [step: train]
def train(model: Sequential, x: Tensor, y: Tensor) -> list[float]:
    """Train what is not frozen; return the loss at every step."""
    weights = model.trainable_variables
    optimizer = tf.keras.optimizers.SGD(RATE)
    cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, dtype="float64"
    )
    losses = []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = cross_entropy(y, model(x))
        losses.append(loss.numpy())
        optimizer.apply(tape.gradient(loss, weights), weights)
    return losses


# [step: data]
def main() -> dict[str, object]:
    """Train on the digits below five, then on the others; same body."""
    images, digits = load_digits(return_X_y=True)
    x = tf.constant(images / 16)  # (images, pixels)
    y = tf.constant(digits % 5)
    low, high = tf.constant(digits < 5), tf.constant(digits >= 5)

    with TemporaryDirectory() as folder:
        # [step: pretraining]
        file = f"{folder}/pretrained.npz"
        earlier = net("low")
        earlier_losses = train(earlier, x[low], y[low])
        np.savez(file, **named(earlier))

        # [step: load by name]
        model = net("high")
        weights = named(model)
        with np.load(file, allow_pickle=False) as found:
            for name in weights.keys() & found.keys():
                weights[name].assign(found[name])
            missing = [name for name in weights if name not in found]
            unexpected = [name for name in found if name not in weights]

    # [step: freeze]
    model.get_layer("body").trainable = False

    # [step: head]
    losses = train(model, x[high][:FEW], y[high][:FEW])
    right = tf.argmax(model(x[high][FEW:]), axis=1) == y[high][FEW:]

    # [step: results]
    bodies = [named(each)["body.weight"] for each in (earlier, model)]
    return {
        "earlier_losses": earlier_losses,
        "missing": missing,
        "unexpected": unexpected,
        "losses": losses,
        "head": named(model)["high.weight"],  # (inputs, outputs)
        "moved": not np.array_equal(*bodies),
        "right": right,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
