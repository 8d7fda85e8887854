"""Image data: reading files, normalisation, channels first or last."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image
from sklearn.datasets import load_digits
from tensorflow import Tensor

COUNT, SIDE, BATCH = 64, 8, 32
TINT = np.array([1.0, 0.6, 0.3])  # red, green, blue


# [step: files]
def write_files(folder: Path) -> None:
    """Write tinted digits as images, named after number and label."""
    digits = load_digits()
    for number in range(COUNT):
        grey = digits.images[number, -SIDE:, -SIDE:, None] * 15  # (H, W, 1)
        name = f"{number:02}_{digits.target[number]}.png"
        Image.fromarray((grey * TINT).astype(np.uint8)).save(folder / name)


# [step: data set]
class Pictures:
    """A data set that reads an image and its label when it is indexed."""

    def __init__(self, folder: Path) -> None:
        self.paths = sorted(folder.glob("*.png"))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        path = self.paths[index]
        pixels = tf.io.decode_png(tf.io.read_file(str(path)))  # (H, W, C)
        return tf.cast(pixels, tf.float64) / 255, int(path.stem[-1])


# [step: collate]
def collate(pictures: Pictures, indices: range) -> tuple[Tensor, Tensor]:
    """Return the images at these indices as one array, and their labels."""
    images, labels = zip(*[pictures[i] for i in indices], strict=True)
    return tf.stack(images), tf.constant(labels, tf.int64)  # (batch, H, W, C)


# [step: batches]
def batches(pictures: Pictures) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield one batch after another."""
    for start in range(0, len(pictures), BATCH):
        yield collate(pictures, range(start, start + BATCH))


# [step: reading]
def main() -> dict[str, object]:
    """Normalise two batches; convolve one in the right and wrong layout."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder))
        (first, labels), (second, _) = batches(Pictures(Path(folder)))

    # [step: normalisation]
    mean = tf.reduce_mean(first, (0, 1, 2))  # (C,)
    deviation = tf.math.reduce_std(first, (0, 1, 2))
    first = (first - mean) / deviation
    second = (second - mean) / deviation

    # [step: right order]
    weight = np.random.default_rng(0).standard_normal((3, 3, 3, 4))  # HWIO
    kernel = tf.constant(weight)
    features = tf.nn.conv2d(first, kernel, 1, "VALID")  # (batch, H, W, 4)

    # [step: wrong order]
    try:
        tf.nn.conv2d(tf.transpose(first, (0, 3, 1, 2)), kernel, 1, "VALID")
        error = "no error"
    except tf.errors.InvalidArgumentError as raised:
        error = raised.message.partition("}} ")[2]  # after node names
    print(error)

    # [step: results]
    return {
        "labels": labels,
        "mean": mean,
        "deviation": deviation,
        "second_deviation": tf.math.reduce_std(second, (0, 1, 2)),
        "images": first,
        "features": features,
        "error": error,
        "noticed": error != "no error",
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
