"""Augmentation: images that are changed at random when they are read."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import Tensor

COUNT, SIDE, EDGE = 64, 8, 1


# [step: transforms]
def flipped(image: Tensor) -> Tensor:  # (H, W, C)
    """Return the mirror image, left to right."""
    return tf.image.flip_left_right(image)


def shifted(image: Tensor, down: int, right: int) -> Tensor:
    """Return the image with a border of zeros, cropped to its old size."""
    wide = tf.pad(image, [[EDGE, EDGE], [EDGE, EDGE], [0, 0]])
    return tf.image.crop_to_bounding_box(wide, down, right, SIDE, SIDE)


def resized(image: Tensor, side: int) -> Tensor:
    """Return the image with another size, by bilinear interpolation."""
    size = (side, side)
    return tf.image.resize(image, size, method="bilinear", antialias=False)


# [step: data set]
class Digits:
    """Images of digits; with `augmented`, another version at each access."""

    def __init__(self, *, augmented: bool) -> None:
        self.images, self.labels = load_digits(return_X_y=True)
        self.augmented, self.rng = augmented, np.random.default_rng(0)

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = tf.reshape(self.images[index] / 16, (SIDE, SIDE, 1))
        if self.augmented:
            image = shifted(image, *self.rng.integers(0, 2 * EDGE + 1, 2))
        return image, self.labels[index]


# [step: two epochs]
def main() -> dict[str, object]:
    """Read two epochs of augmented and of plain images; change one."""
    types = (
        tf.TensorSpec((SIDE, SIDE, 1), tf.float64),
        tf.TensorSpec((), tf.int64),
    )

    def load(digits: Digits) -> tf.data.Dataset:
        def read() -> Iterator[tuple[Tensor, int]]:
            return (digits[index] for index in range(len(digits)))

        stream = tf.data.Dataset.from_generator(read, output_signature=types)
        return stream.batch(COUNT)

    train = load(Digits(augmented=True))
    (first, labels), (second, _) = next(iter(train)), next(iter(train))
    changes = tf.reduce_any(first != second, (1, 2, 3))
    new_versions = tf.math.count_nonzero(changes)

    # [step: validation]
    valid = load(Digits(augmented=False))
    (plain, _), (again, _) = next(iter(valid)), next(iter(valid))
    unchanged = np.array_equal(plain, again)

    # [step: flip]
    mirror = flipped(plain[5])  # a five becomes something else
    print(mirror[..., 0].numpy().round(1))

    # [step: resize]
    large = resized(plain[5], 12)  # (12, 12, 1)

    # [step: results]
    return {
        "first": first,
        "second": second,
        "labels": labels,
        "new_versions": new_versions,
        "unchanged": unchanged,
        "mirror": mirror,
        "large": large,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
