"""Parameters, buffers and plain tensors: what a module trains and saves."""

import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

RATE = 0.125


# [step: module]
class Scale(tf.Module):
    """Module that scales and shifts each column and counts its calls."""

    def __init__(self, shift: np.ndarray) -> None:
        super().__init__()
        self.scale = tf.Variable(tf.ones(3, tf.float64), name="scale")
        self.calls = tf.Variable(
            0, dtype=tf.int64, trainable=False, name="calls"
        )
        self.shift = tf.constant(shift)

    def __call__(self, x: Tensor) -> Tensor:  # (batch, 3)
        self.calls.assign_add(1)
        return x * self.scale + self.shift


# [step: list parameters]
def main() -> dict[str, object]:
    """List the parameters, train for one step, save and restore."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((8, 3)))
    y = tf.constant(rng.standard_normal((8, 3)))
    module = Scale(np.zeros(3))
    trained = sorted(
        v.name.removesuffix(":0") for v in module.trainable_variables
    )
    saved = sorted(v.name.removesuffix(":0") for v in module.variables)

    # [step: gradients]
    with tf.GradientTape() as tape:
        tape.watch(module.shift)
        loss = tf.reduce_mean(tf.square(module(x) - y))
    variables = module.trainable_variables
    gradients, shift_gradient = tape.gradient(loss, [variables, module.shift])

    # [step: optimizer]
    optimizer = tf.keras.optimizers.SGD(RATE)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))

    # [step: save]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        tf.train.Checkpoint(module).write(path)

        # [step: restore]
        other = Scale(np.full(3, 7.0))
        tf.train.Checkpoint(other).read(path).assert_consumed()

    # [step: results]
    return {
        "trained": trained,
        "saved": saved,
        "scale_gradient": gradients[0],
        "shift_gradient": shift_gradient,
        "scale": module.scale,
        "calls": module.calls,
        "shift": module.shift,
        "restored_scale": other.scale,
        "restored_calls": other.calls,
        "restored_shift": other.shift,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
