"""Custom modules: nn.Module, keras.Model and a residual connection."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import Tensor
from tensorflow.keras.layers import Dense

STEPS, RATE, USES = 50, 0.125, 2
SHAPES = [(64, 32), (32,), (32, 32), (32,), (32, 10), (10,)]


# [step: class]
class Net(tf.keras.Model):
    """The two-layer network, with a shared layer between the two."""

    def __init__(self) -> None:
        super().__init__(dtype="float64")
        self.hidden = Dense(32, dtype="float64")
        self.between = Dense(32, dtype="float64")
        self.final = Dense(10, dtype="float64")

    def call(self, x: Tensor) -> Tensor:  # (batch, pixels)
        h = tf.nn.relu(self.hidden(x))  # (batch, hidden)
        for _ in range(USES):
            h = h + tf.nn.relu(self.between(h))
        return self.final(h)  # (batch, digits)


# [step: data]
def main() -> dict[str, object]:
    """Train a digit classifier; return losses, parameters and weights."""
    digits = load_digits()
    x = tf.constant(digits.data / 16)  # (images, pixels)
    y = tf.constant(digits.target)  # (images,)

    # [step: start]
    model = Net()
    rng = np.random.default_rng(0)
    start = [rng.normal(0, 0.1, shape) for shape in SHAPES]
    model(x[:1])  # creates the variables
    model.set_weights(start)
    numbers = model.count_params()

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

    # [step: results]
    return {
        "losses": losses,
        "numbers": numbers,
        "hidden": model.hidden.kernel,  # (inputs, outputs)
        "between": model.between.kernel,
        "final": model.final.kernel,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
