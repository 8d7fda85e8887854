"""Nested modules: three blocks of two branches, and parameter names."""

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

WIDTH = 6


# [step: layer]
class Linear(tf.Module):
    """Linear layer: a weighted sum of the inputs and a bias per output."""

    def __init__(self, weight: np.ndarray) -> None:
        super().__init__()
        self.weight = tf.Variable(weight)
        self.bias = tf.Variable(np.zeros(weight.shape[1]))

    def __call__(self, x: Tensor) -> Tensor:  # (batch, inputs)
        return x @ self.weight + self.bias  # (batch, outputs)


# [step: block]
class Block(tf.Module):
    """Two branches that read the same input; their outputs concatenated."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.left = Linear(rng.standard_normal((WIDTH, WIDTH // 2)))
        self.right = Linear(rng.standard_normal((WIDTH, WIDTH // 2)))

    def __call__(self, x: Tensor) -> Tensor:  # (batch, width)
        left, right = self.left(x), self.right(x)  # (batch, width / 2) each
        return tf.concat([tf.nn.relu(left), tf.tanh(right)], axis=-1)


# [step: net]
class Net(tf.Module):
    """Network of three blocks in sequence."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.blocks = [Block(rng) for _ in range(3)]

    def __call__(self, x: Tensor) -> Tensor:  # (batch, width)
        for block in self.blocks:
            x = block(x)
        return x  # (batch, width)


# [step: forward and backward]
def main() -> dict[str, object]:
    """Run one forward and backward pass; count and name the parameters."""
    rng = np.random.default_rng(0)
    net = Net(rng)
    with tf.GradientTape() as tape:
        output = net(tf.constant(rng.standard_normal((4, WIDTH))))
        loss = tf.reduce_sum(tf.square(output))

    # [step: parameters]
    parameters = net.trainable_variables
    numbers = sum(parameter.shape.num_elements() for parameter in parameters)

    # [step: names]
    with tempfile.TemporaryDirectory() as folder:
        path = tf.train.Checkpoint(net).write(f"{folder}/state")
        state_names = [name for name, _ in tf.train.list_variables(path)]
    paths = [name.partition("/.ATTRIBUTES/") for name in state_names]
    names = sorted(path.replace("/", ".") for path, found, _ in paths if found)

    # [step: access a parameter]
    first = net.blocks[0].left.weight
    return {
        "output": output,
        "tensors": len(parameters),
        "numbers": numbers,
        "state_names": state_names,
        "names": names,
        "first": first,
        "first_gradient": tape.gradient(loss, first),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
