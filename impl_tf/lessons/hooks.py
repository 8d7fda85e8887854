"""Forward hooks: activation statistics during training."""

from itertools import pairwise

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import Tensor
from tensorflow.keras.layers import Dense, Layer
from tensorflow.keras.optimizers import SGD
from tensorflow.nn import sparse_softmax_cross_entropy_with_logits

SIZES, STEPS, RATE = (64, 50, 50, 10), 40, 0.125
SCALES = {"good": 1.0, "other": 3.0}


# [step: hook]
class Hook:
    """Records mean and standard deviation of a layer's output."""

    def __init__(self, layer: Layer) -> None:
        self.means, self.deviations = [], []
        self.call, layer.call = layer.call, self.note

    def note(self, *inputs: Tensor, **options: bool) -> Tensor:
        output = self.call(*inputs, **options)
        self.means.append(tf.reduce_mean(output).numpy())
        self.deviations.append(tf.math.reduce_std(output).numpy())
        return output


# [step: layers]
def dense_layers(scale: float) -> list[Layer]:
    """Return three layers with Kaiming initialisation, times a scale."""
    rng = np.random.default_rng(0)
    layers = []
    for inputs, outputs in pairwise(SIZES):
        spread = scale * np.sqrt(2 / inputs)
        weight = spread * rng.standard_normal((inputs, outputs))
        layer = Dense(outputs, dtype="float64")
        layer.build((None, inputs))
        layer.kernel.assign(weight)
        layers.append(layer)
    return layers


# [step: forward]
def forward(layers: list[Layer], x: Tensor) -> Tensor:
    """Apply all layers, with a ReLU after each but the last."""
    for layer in layers[:-1]:
        x = tf.nn.relu(layer(x))
    return layers[-1](x)  # (n, 10)


# [step: data]
def main() -> dict[str, object]:
    """Train with a good and a bad initialisation; return all records."""
    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = pixels[:200], labels[:200]
    x = tf.constant((pixels - pixels.mean()) / pixels.std())  # (n, 64)
    y = tf.constant(labels)  # (n,)

    arrays = {}
    for start, scale in SCALES.items():
        # [step: registration]
        layers = dense_layers(scale)
        hooks = [Hook(layer) for layer in layers]

        # [step: training]
        weights = [w for layer in layers for w in layer.trainable_variables]
        optimizer = SGD(RATE)
        losses = []
        for _ in range(STEPS):
            with tf.GradientTape() as tape:
                logits = forward(layers, x)
                each = sparse_softmax_cross_entropy_with_logits(y, logits)
                loss = tf.reduce_mean(each)
            losses.append(loss.numpy())
            optimizer.apply(tape.gradient(loss, weights), weights)

        # [step: recorded statistics]
        arrays[f"{start}_losses"] = losses
        for number, hook in enumerate(hooks, start=1):
            arrays[f"{start}_means_{number}"] = hook.means
            arrays[f"{start}_deviations_{number}"] = hook.deviations
            for step in (0, STEPS - 1):
                mean, deviation = hook.means[step], hook.deviations[step]
                print(
                    f"{start} start, step {step:2}, layer {number}: "
                    f"mean {mean:6.2f}, deviation {deviation:6.2f}"
                )

    # [step: results]
    return arrays


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
