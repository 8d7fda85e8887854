"""Recurrent network (RNN): one cell in a loop over any sequence length."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

EPOCHS, RATE, SCALE = 10, 0.02, 0.9


# [step: cell]
class Cell(tf.Module):
    """One time step: compute the new state from an input and the old state."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        kernel, rotation = rng.normal(0, 0.5, (3, 8)), rng.normal(0, 1, (8, 8))
        recurrent = SCALE * np.linalg.qr(rotation).Q
        self.kernel = tf.Variable(kernel)
        self.recurrent = tf.Variable(recurrent)

    def __call__(self, x: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        return tf.tanh(x @ self.kernel + state @ self.recurrent)


# [step: loop]
def last_state(
    cell: Callable[..., tf.Tensor], sequence: tf.Tensor
) -> tf.Tensor:
    """Return the state after the whole sequence."""
    state = tf.zeros([1, 8], tf.float64)  # (batch, units)
    for x in sequence:  # (batch, inputs)
        state = cell(x, state)
    return state


# [step: data]
def main() -> dict[str, object]:
    """Learn a mean over time; return losses and gradients through time."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 30, 12)
    sequences = [tf.constant(rng.normal(size=(n, 1, 3))) for n in lengths]
    cell = Cell(rng)
    output = tf.Variable(rng.normal(0, 0.5, (8, 1)))

    # [step: training]
    weights = [*cell.trainable_variables, output]
    losses = []
    for _ in range(EPOCHS):
        for sequence in sequences:
            with tf.GradientTape() as tape:
                guess = last_state(cell, sequence) @ output  # (batch, 1)
                error = guess - tf.reduce_mean(sequence[..., 0])
                loss = tf.reduce_sum(tf.square(error))
            gradients = tape.gradient(loss, weights)
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.assign_sub(RATE * gradient)
            losses.append(loss.numpy())

    # [step: gradient over time]
    x = max(sequences, key=len)  # (time, 1, 3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        guess = last_state(cell, x) @ output
    reach = tf.norm(tape.gradient(guess, x), axis=(1, 2))  # (time,)

    # [step: library]
    layer = tf.keras.layers.SimpleRNNCell(8, use_bias=False, dtype="float64")
    layer.build((None, 3))
    layer.set_weights([cell.kernel.numpy(), cell.recurrent.numpy()])
    library_state = last_state(lambda x, state: layer(x, state)[0], x)

    # [step: results]
    return {
        "lengths": lengths,
        "losses": losses,
        "reach": reach,
        "state": last_state(cell, x),
        "library_state": library_state,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
