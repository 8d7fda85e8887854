"""Dynamic control flow: a network whose depth changes at every step."""

import numpy as np
import tensorflow as tf

STEPS, RATE = 100, 2e-4


# [step: model]
class DynamicNet(tf.Module):
    """Two layers, and one between them, applied a random number of times."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)
        self.first = tf.Variable(self.normal(20, 30))
        self.middle = tf.Variable(self.normal(30, 30))
        self.last = tf.Variable(self.normal(30, 4))

    def normal(self, inputs: int, outputs: int) -> np.ndarray:
        return self.rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        hidden = tf.nn.relu(x @ self.first)  # (batch, hidden)
        self.depth = self.rng.integers(0, 4)
        for _ in range(self.depth):
            hidden = tf.nn.relu(hidden @ self.middle)
        return hidden @ self.last  # (batch, outputs)


# [step: data]
def main() -> dict[str, object]:
    """Train on random numbers; return the depth and loss of each step."""
    rng = np.random.default_rng(1)
    x = tf.constant(rng.standard_normal((16, 20)))  # (batch, inputs)
    y = tf.constant(rng.standard_normal((16, 4)))  # (batch, outputs)

    net = DynamicNet()
    depths, losses, unused = [], [], 0
    for _ in range(STEPS):
        # [step: forward]
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(net(x) - y))
        depths.append(net.depth)
        losses.append(loss.numpy())

        # [step: backward]
        weights = [net.first, net.middle, net.last]
        gradients = tape.gradient(loss, weights)
        unused += gradients[1] is None

        # [step: update]
        for weight, gradient in zip(weights, gradients, strict=True):
            if gradient is not None:
                weight.assign_sub(RATE * gradient)

    # [step: results]
    print("depths:", *depths)
    return {
        "depths": depths,
        "losses": losses,
        "unused": unused,
        "middle": net.middle,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
