"""Load labelled images, and split them for training and validation.

Images come from scikit-learn, are generated from the seed, or are read from a folder or
an ``.npz`` file. Only an ``.npz`` file needs neither scikit-learn nor pillow, so that
workers read staged files fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compare.errors import DataError, UsageError
from compare.workloads.images.archive import read_archive, save_images
from compare.workloads.images.folder import read_folder
from compare.workloads.images.image_set import Images, resize_images

if TYPE_CHECKING:
    from compare.contract import Array

__all__ = ["Images", "Split", "load_images", "save_images", "split_positions"]

MAX_IMAGE_SIZE = 1024
DEFAULT_IMAGE_SIZE = 64  # where images have no natural size, or different ones
DIGIT_LEVELS = 16  # a pixel counts the set pixels in a 4x4 block of the scan

SYNTHETIC_IMAGES = 2560
SYNTHETIC_CLASSES = 10
SYNTHETIC_CHANNELS = 3
SYNTHETIC_NOISE = 0.2
MAX_WAVES = 4  # across a synthetic image: wide enough for small kernels to detect


@dataclass(frozen=True, kw_only=True)
class Split:
    """Indices of the images for training and for validation.

    Shape:
        (N,) int64 each, shuffled; together, every index occurs once.
    """

    train: Array
    valid: Array


def load_images(data: str, *, image_size: int | None, seed: int) -> Images:
    """Return images by the name of a data set or the path of a folder or file.

    Args:
        data: ``digits``, ``synthetic``, a folder of class folders, or an ``.npz``.
            A folder with the name of a data set is read as, for example, ``./digits``.
        image_size: side of the images; None keeps the size of digits and of an
            ``.npz``.
        seed: for synthetic images.

    Raises:
        DataError: there is no such data set, folder or file, or it is invalid.
        UsageError: the image size is out of range.
    """
    if image_size is not None and not 1 <= image_size <= MAX_IMAGE_SIZE:
        raise UsageError(
            f"--image-size: expected 1 to {MAX_IMAGE_SIZE}; received {image_size}"
        )
    try:
        return _load(data, image_size=image_size, seed=seed)
    except MemoryError as error:
        raise DataError(
            f"{data}: the images do not fit into memory. "
            "Choose a smaller --image-size or fewer images"
        ) from error


def _load(data: str, *, image_size: int | None, seed: int) -> Images:
    if data == "digits":
        return _digits(image_size=image_size)
    if data == "synthetic":
        return _synthetic(image_size=image_size or DEFAULT_IMAGE_SIZE, seed=seed)
    path = _existing(data)
    if path.is_dir():
        return read_folder(path, image_size=image_size or DEFAULT_IMAGE_SIZE)
    if path.suffix.lower() == ".npz":
        return read_archive(path, image_size=image_size)
    raise _unknown(data, "a file of another kind")


def _existing(data: str) -> Path:
    if not data:  # pathlib would read the current folder
        raise _unknown(data, "nothing")
    path = Path(data)
    try:
        path.stat()
    except OSError as error:
        raise _unknown(data, error.strerror or str(error)) from error
    except ValueError as error:  # a NUL character is not allowed in a path
        raise _unknown(data, str(error)) from error
    return path


def _unknown(data: str, reason: str) -> DataError:
    nearest = get_close_matches(data, ("digits", "synthetic"), n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return DataError(
        "--data: expected digits, synthetic, a folder with one sub-folder of images "
        "per class, or an .npz file with arrays images and labels; "
        f'received "{data}" ({reason}{hint}). Check the path'
    )


def _digits(*, image_size: int | None) -> Images:
    """Return the handwritten digits, 8x8 pixels by default.

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits" (1998).
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415 - a second to import

    digits = load_digits()
    natural = (digits.images[..., np.newaxis] / DIGIT_LEVELS).astype(np.float32)
    return Images(
        images=resize_images(natural, image_size=image_size),
        labels=digits.target.astype(np.int64),
        classes=tuple(str(name) for name in digits.target_names),
    )


def _synthetic(*, image_size: int, seed: int) -> Images:
    """Return equally many images of each class: its wave pattern with noise added."""
    rng = np.random.default_rng(seed)
    patterns = _patterns(image_size, rng=rng)
    labels = rng.permutation(np.arange(SYNTHETIC_IMAGES, dtype=np.int64))
    labels %= SYNTHETIC_CLASSES
    shape = (SYNTHETIC_IMAGES, *patterns.shape[1:])
    # In place and image by image: large images take many gigabytes.
    images = rng.standard_normal(shape, dtype=np.float32)
    images *= SYNTHETIC_NOISE
    for position, label in enumerate(labels):
        images[position] += patterns[label]
    np.clip(images, 0, 1, out=images)
    names = tuple(f"pattern {label}" for label in range(SYNTHETIC_CLASSES))
    return Images(images=images, labels=labels, classes=names)


def _patterns(side: int, *, rng: np.random.Generator) -> Array:
    """Return one pattern per class: a tint and a wave in a direction of its own.

    Shape:
        (classes, side, side, channels) float32.
    """
    per_class = (SYNTHETIC_CLASSES, 1, 1, 1)
    per_channel = (SYNTHETIC_CLASSES, 1, 1, SYNTHETIC_CHANNELS)
    tint = rng.uniform(0.35, 0.65, per_channel)
    phase = rng.uniform(0, 1, per_channel)
    down, across = rng.integers(1, MAX_WAVES, (2, *per_class), endpoint=True)
    position = np.arange(side) / side
    turns = (
        down * position[:, np.newaxis, np.newaxis]
        + across * position[np.newaxis, :, np.newaxis]
        + phase
    )
    patterns: Array = tint + 0.25 * np.cos(2 * np.pi * turns)
    return patterns.astype(np.float32)


def split_positions(labels: Array, *, seed: int, fraction: float = 0.2) -> Split:
    """Split image indices at random, class by class, for training and validation.

    A class of two or more images has at least one on each side. The only image of a
    class is used for training.

    Args:
        labels: the class of each image.
        seed: the same seed gives the same split.
        fraction: the share of each class used for validation.
    """
    rng = np.random.default_rng(seed)
    train, valid = [], []
    for label in np.unique(labels):
        positions = rng.permutation(np.flatnonzero(labels == label))
        held_out = _held_out(len(positions), fraction=fraction)
        valid.append(positions[:held_out])
        train.append(positions[held_out:])
    return Split(train=_shuffled(train, rng=rng), valid=_shuffled(valid, rng=rng))


def _held_out(count: int, *, fraction: float) -> int:
    return min(max(round(fraction * count), 1), count - 1)


def _shuffled(parts: list[Array], *, rng: np.random.Generator) -> Array:
    empty = np.empty(0, np.int64)  # without labels there are no parts
    return rng.permutation(np.concatenate([empty, *parts]))
