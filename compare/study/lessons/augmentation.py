"""Augmentation: images that are changed at random when they are read.

A network can memorise a small data set. **Augmentation** gives it a randomly changed
version of each image in every epoch: shifted, flipped or resized at random. The change
is made in the data set, when an image is read, so nothing has to be stored. The label
must remain true, and the validation images must remain as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.datasets import load_digits

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "transforms": "Three changes of an image. A shift is a border of zeros and a "
        "crop. Which axis is height and which is width depends on the layout. "
        "Resizing interpolates between pixels; `antialias` would also smooth an image "
        "that is made smaller. `torchvision` and Keras' preprocessing layers have many "
        "more.",
        "data set": "The random numbers are drawn in `__getitem__`, at each access, "
        "here by NumPy, so that both programs shift in the same way. With worker "
        "processes, every worker needs a generator with a seed of its own. In "
        "TensorFlow a random change is usually made in `Dataset.map`; here a generator "
        "allows the same numbers in both programs.",
        "two epochs": "The same images are read twice. {{ new_versions|figure }} of "
        "{{ labels|length }} are different in the second epoch. The labels are the "
        "same.",
        "validation": "Without augmentation an image is the same in every epoch: "
        "`unchanged` is {{ unchanged }}. Measure a model on images as it will get "
        "them later.",
        "flip": "The mirror image of most digits is not a digit: flipping helps with "
        "photos of animals, and harms here. Ask for each change whether the label is "
        "still true.",
        "resize": "The image has a side of {{ large.shape[0]|figure }} pixels now. "
        "Images of different sizes are resized so that they fit into one batch. "
        "TensorFlow's `resize` returns `float32`, whatever it gets, for every method "
        "except `nearest`.",
        "results": "All versions of the images are compared, with channels last. The "
        "resized ones agree to the precision of `float32`.",
    },
    apis={
        "torch": (
            "torch.flip",
            "torch.nn.functional.pad",
            "torch.nn.functional.interpolate",
            "torch.utils.data.Dataset",
        ),
        "tf": (
            "tf.image.flip_left_right",
            "tf.image.crop_to_bounding_box",
            "tf.image.resize",
            "tf.pad",
        ),
    },
    pictures=(
        Picture(
            step="two epochs",
            caption="The first images, as they were read in the first epoch.",
            arrays={"first": "images"},
            kind="images",
        ),
        Picture(
            step="two epochs",
            caption="The same images in the second epoch.",
            arrays={"second": "images"},
            kind="images",
        ),
    ),
    exercise=Exercise(
        task="Shift further: `EDGE` becomes `3`. Is the label of every image still "
        "visible?",
        change={"COUNT, SIDE, EDGE = 64, 8, 1": "COUNT, SIDE, EDGE = 64, 8, 3"},
        answer="Not of every image. The mean brightness of the images falls from "
        "{{ before.first.mean()|figure(2) }} to {{ after.first.mean()|figure(2) }}: "
        "parts of many digits are outside now. An augmentation that is too strong "
        "makes labels wrong.",
        holds=lambda before, after: bool(
            after["first"].mean() < 0.8 * before["first"].mean()
            and after["new_versions"] > before["new_versions"]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same shifted, plain and flipped images."""
    pixels, labels = load_digits(return_X_y=True)
    images = (pixels[:64] / 16).reshape(64, 8, 8, 1)
    rng = np.random.default_rng(0)
    epochs = []
    for _ in range(2):
        wide = np.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)])
        corners = [rng.integers(0, 3, 2) for _ in images]
        epochs.append(
            np.stack(
                [
                    image[down : down + 8, right : right + 8]
                    for image, (down, right) in zip(wide, corners, strict=True)
                ]
            )
        )
    first, second = epochs
    return {
        "first": first,
        "second": second,
        "labels": labels[:64],
        "new_versions": (first != second).any((1, 2, 3)).sum(),
        "mirror": images[5][:, ::-1],
    }
