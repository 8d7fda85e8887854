"""Modular networks: each example chooses the modules that process it."""

import numpy as np
import tensorflow as tf
from tensorflow import Tensor, Variable

WIDTH, EPOCHS, RATE = 4, 30, 0.125
PROGRAMS = [["turn"], ["turn", "bend"], ["bend", "bend"], []]


# [step: network]
class ModularNet(tf.Module):
    """Named modules, applied in the order that an example asks for."""

    def __init__(self) -> None:
        super().__init__()
        rng = np.random.default_rng(0)
        self.turn = Variable(rng.normal(0, 0.5, (4, 4)), name="turn")
        self.bend = Variable(rng.normal(0, 0.5, (4, 4)), name="bend")
        self.rest = Variable(rng.normal(0, 0.5, (4, 4)), name="rest")

    def __call__(self, x: Tensor, program: list[str]) -> Tensor:
        for name in program:
            weight = getattr(self, name)
            x = tf.tanh(tf.linalg.matvec(weight, x, transpose_a=True))
        return tf.reduce_sum(x)


# [step: data]
def main() -> dict[str, object]:
    """Train on examples with programs; return losses and weights."""
    rng = np.random.default_rng(1)
    x = tf.constant(rng.standard_normal((len(PROGRAMS), WIDTH)))
    y = tf.constant(rng.standard_normal(len(PROGRAMS)))
    net = ModularNet()

    losses = []
    for _ in range(EPOCHS):
        # [step: forward]
        with tf.GradientTape() as tape:
            outputs = tf.stack(
                [net(row, p) for row, p in zip(x, PROGRAMS, strict=True)]
            )  # (examples,)
            loss = tf.reduce_mean(tf.square(outputs - y))
        losses.append(loss.numpy())

        # [step: backward]
        weights = [net.turn, net.bend, net.rest]
        gradients = tape.gradient(loss, weights)
        pairs = list(zip(weights, gradients, strict=True))
        unused = [w.name.removesuffix(":0") for w, g in pairs if g is None]

        # [step: update]
        for weight, gradient in pairs:
            if gradient is not None:
                weight.assign_sub(RATE * gradient)

    # [step: results]
    return {
        "losses": losses,
        "unused": unused,
        "turn": net.turn,
        "bend": net.bend,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
