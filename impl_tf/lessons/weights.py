"""Weights across frameworks: one checkpoint file, written and read by both."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

# Positions of the canonical axes: (height, width, in, out) and (in, out).
AXES = {4: (0, 1, 2, 3), 2: (0, 1), 1: (0,)}


# [step: model]
class Net(tf.keras.Model):
    """A convolution and a dense layer, in float64."""

    def __init__(self) -> None:
        super().__init__(dtype="float64")
        self.conv = tf.keras.layers.Conv2D(4, 3, dtype="float64", name="conv")
        self.dense = tf.keras.layers.Dense(10, dtype="float64", name="dense")
        self.conv.build((None, 8, 8, 1))
        self.dense.build((None, 144))

    def call(self, images: tf.Tensor) -> tf.Tensor:
        x = tf.nn.relu(self.conv(images))  # (batch, 6, 6, 4)
        x = tf.reshape(x, [len(x), 144])  # channels last
        return self.dense(x)  # (batch, classes)


# [step: names]
def named(model: Net) -> dict[str, tf.keras.Variable]:
    """Return the parameters by the names used in a file."""
    return {
        f"{layer.name}.{name}": getattr(layer, attribute)
        for layer in model.layers
        for name, attribute in [("weight", "kernel"), ("bias", "bias")]
    }


# [step: save and load]
def save(model: Net, path: Path) -> None:
    """Write the parameters to a file in canonical layout."""
    arrays = {name: p.numpy() for name, p in named(model).items()}
    np.savez(path, **{n: a.transpose(AXES[a.ndim]) for n, a in arrays.items()})


def load(model: Net, path: Path) -> None:
    """Load the parameters from a file that either program wrote."""
    with np.load(path, allow_pickle=False) as file:
        for name, p in named(model).items():
            back = np.argsort(AXES[p.ndim])
            p.assign(file[name].transpose(back))


# [step: images]
def main() -> dict[str, object]:
    """Return what the file contains, and outputs with the other's file."""
    pixels = load_digits().images[:8, ..., np.newaxis]
    images = tf.constant((pixels - pixels.mean()) / pixels.std())
    first, second = Net(), Net()
    with TemporaryDirectory() as folder:
        # [step: own file]
        ours = Path(folder) / "ours.npz"
        save(first, ours)
        load(second, ours)
        same = np.array_equal(first(images), second(images))
        with np.load(ours, allow_pickle=False) as file:
            shapes = {name: array.shape for name, array in file.items()}
        print(*shapes.items(), sep="\n")

        # [step: other file]
        theirs = Path(folder) / "theirs.npz"
        rng = np.random.default_rng(0)
        np.savez(theirs, **{n: rng.normal(size=s) for n, s in shapes.items()})
        load(second, theirs)

    # [step: results]
    return {
        "same": same,
        "names": list(shapes),
        "shapes": [str(shape) for shape in shapes.values()],
        "own_shape": str(tuple(second.conv.kernel.shape)),
        "outputs": second(images),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
