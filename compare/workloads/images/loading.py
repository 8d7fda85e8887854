"""Labelled images to train on: where they come from, and how they are split.

They come with scikit-learn, are made from the seed, lie in a folder or in an ``.npz``.
Only the last needs neither scikit-learn nor pillow, so workers read staged files fast.
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

__all__ = ["Images", "Split", "load_images", "save_images", "split"]

MAX_IMAGE_SIZE = 1024
DEFAULT_IMAGE_SIZE = 64  # where images have no size of their own, or several
DIGIT_LEVELS = 16  # the digits count ink in 4x4 blocks of a binary scan

SYNTHETIC_IMAGES = 2560
SYNTHETIC_CLASSES = 10
SYNTHETIC_CHANNELS = 3
SYNTHETIC_NOISE = 0.2
MAX_WAVES = 4  # across a synthetic image: wide enough for small kernels to see


@dataclass(frozen=True, kw_only=True)
class Split:
    """Positions of the images to train on and of those to validate with.

    Shape:
        (N,) int64 each, shuffled; together every position once.
    """

    train: Array
    valid: Array


def load_images(data: str, *, image_size: int | None, seed: int) -> Images:
    """Images by the name of a data set or the path of a folder or file.

    Args:
        data: ``digits``, ``synthetic``, a folder of class folders, or an ``.npz``.
            A folder that is called digits is read as ``./digits``.
        image_size: side of the images; ``None`` leaves digits and an ``.npz`` as
            they are.
        seed: what synthetic images are made from.

    Raises:
        DataError: nothing there, or not what it should be.
        UsageError: an image size out of range.
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
    if not data:  # which pathlib takes for the current folder
        raise _unknown(data, "nothing")
    path = Path(data)
    try:
        path.stat()
    except OSError as error:
        raise _unknown(data, error.strerror or str(error)) from error
    except ValueError as error:  # a NUL character, which no path can hold
        raise _unknown(data, str(error)) from error
    return path


def _unknown(data: str, reason: str) -> DataError:
    nearest = get_close_matches(data, ("digits", "synthetic"), n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return DataError(
        "--data: expected digits, synthetic, a folder with one sub-folder of images a "
        "class, or an .npz file with arrays images and labels; "
        f'received "{data}" ({reason}{hint}). Check the path'
    )


def _digits(*, image_size: int | None) -> Images:
    """Handwritten digits, 8x8.

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
    """As many images of each class: the wave pattern of the class under noise."""
    rng = np.random.default_rng(seed)
    patterns = _patterns(image_size, rng=rng)
    labels = rng.permutation(np.arange(SYNTHETIC_IMAGES, dtype=np.int64))
    labels %= SYNTHETIC_CLASSES
    shape = (SYNTHETIC_IMAGES, *patterns.shape[1:])
    # In place and image by image: large images are many gigabytes.
    images = rng.standard_normal(shape, dtype=np.float32)
    images *= SYNTHETIC_NOISE
    for position, label in enumerate(labels):
        images[position] += patterns[label]
    np.clip(images, 0, 1, out=images)
    names = tuple(f"pattern {label}" for label in range(SYNTHETIC_CLASSES))
    return Images(images=images, labels=labels, classes=names)


def _patterns(side: int, *, rng: np.random.Generator) -> Array:
    """A tint and a wave of its own direction for each class, in each channel.

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
    """Split positions at random, class by class, for training and validation.

    A class of two or more images has at least one on either side; a single image is
    trained on.

    Args:
        labels: the class of each image.
        seed: the same seed gives the same split.
        fraction: how much of each class to validate with.
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
    empty = np.empty(0, np.int64)  # no labels, no parts
    return rng.permutation(np.concatenate([empty, *parts]))
