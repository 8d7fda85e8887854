"""A linear layer written by hand, compared with `nn.Linear` and `Dense`."""

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

STEPS, RATE = 60, 0.25


# [step: layer]
class Linear(tf.Module):
    """Linear layer: a weighted sum of the inputs and a bias per output."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        super().__init__()
        self.weight = tf.Variable(weight)  # (inputs, outputs)
        self.bias = tf.Variable(bias)  # (outputs,)

    def __call__(self, x: Tensor) -> Tensor:  # (batch, inputs)
        return x @ self.weight + self.bias  # (batch, outputs)


# [step: train]
def train(layer: tf.Module, x: Tensor, y: Tensor) -> list[float]:
    """Train a layer by gradient descent and return its losses."""
    losses = []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(layer(x) - y))
        losses.append(loss.numpy())
        variables = layer.trainable_variables
        gradients = tape.gradient(loss, variables)
        for variable, gradient in zip(variables, gradients, strict=True):
            variable.assign_sub(RATE * gradient)
    return losses


# [step: data]
def main() -> dict[str, object]:
    """Train both layers from equal weights; return losses and weights."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((64, 5)))  # (batch, inputs)
    y = x @ tf.constant(rng.standard_normal((5, 2))) + 1  # (batch, outputs)
    weight = rng.uniform(-1, 1, (5, 2)) / np.sqrt(5)
    bias = np.zeros(2)

    # [step: own layer]
    layer = Linear(weight, bias)
    losses = train(layer, x, y)

    # [step: library layer]
    library = tf.keras.layers.Dense(2, dtype="float64")
    library.build((None, 5))
    library.set_weights([weight, bias])
    library_losses = train(library, x, y)

    # [step: results]
    return {
        "losses": losses,
        "library_losses": library_losses,
        "weight": layer.weight,
        "library_weight": library.kernel,  # (inputs, outputs)
        "bias": layer.bias,
        "library_bias": library.bias,
        "kept_shape": list(library.kernel.shape),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
