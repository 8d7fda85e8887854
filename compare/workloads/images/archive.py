"""Read and write images in one ``.npz`` file.

Its arrays are ``images``, ``labels`` and, optionally, ``classes``. Such files are not
trusted: object arrays are refused and never unpickled, and the contents of the arrays
are checked before use.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np

from compare.errors import DataError
from compare.files import require_regular_file
from compare.numerics.arrays import DAMAGED, require_sizes
from compare.wording import join_words
from compare.workloads.images.image_set import Images, resize_images
from compare.workloads.images.labels import number_labels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from compare.contract import Array

REQUIRED = ("images", "labels")
OPTIONAL = ("classes",)
REMEDY = "Write it with numpy.savez(path, images=images, labels=labels)"
BRIGHTEST = 255

ZIP = b"PK"  # at the start of every archive


def save_images(path: Path, images: Images) -> None:
    """Write images so that `load_images` returns exactly the same arrays.

    Args:
        path: ends in ``.npz``.
        images: written with their labels and classes.

    Raises:
        DataError: the file cannot be written.
    """
    classes = np.array(images.classes, dtype=np.str_)
    try:
        np.savez(path, images=images.images, labels=images.labels, classes=classes)
    except OSError as error:
        raise DataError(
            f"{path}: the images cannot be written ({error.strerror}). "
            "Check the folder and the free space"
        ) from error


def read_archive(path: Path, *, image_size: int | None) -> Images:
    """Return the images of an ``.npz`` file; integer intensities are divided by 255.

    Raises:
        DataError: the file is no archive, or an array is missing or invalid.
    """
    arrays = _arrays(path)
    images, labels = arrays["images"], arrays["labels"]
    _check_shapes(images, labels, path=path)
    positions, classes = number_labels(labels, names=arrays.get("classes"), path=path)
    pixels = images if images.ndim == 4 else images[..., np.newaxis]  # noqa: PLR2004 - NHWC
    return Images(
        images=resize_images(
            _between_0_and_1(pixels, path=path), image_size=image_size
        ),
        labels=positions,
        classes=classes,
    )


def _arrays(path: Path) -> Mapping[str, Array]:
    try:
        require_regular_file(path)
        with path.open("rb") as file:
            if file.read(len(ZIP)) != ZIP:
                raise _no_archive(path, "no zip file")
        try:
            require_sizes(path)
        except zipfile.BadZipFile as error:
            raise _no_archive(path, "no zip file") from error
        with np.load(path, allow_pickle=False) as archive:
            _check_keys(archive.files, path=path)
            keys = [key for key in REQUIRED + OPTIONAL if key in archive.files]
            return {key: _array(archive, key, path=path) for key in keys}
    except OSError as error:
        raise DataError(
            f"{path}: the file cannot be read ({error.strerror or error}). "
            "Check that it exists, and its permissions"
        ) from error
    except DAMAGED as error:
        raise _no_archive(path, f"damaged: {error}") from error


def _no_archive(path: Path, reason: str) -> DataError:
    if path.stat().st_size == 0:
        reason = "the file is empty"
    return DataError(
        f"{path}: expected an .npz archive; received something else ({reason}). "
        f"{REMEDY}"
    )


def _check_keys(present: list[str], *, path: Path) -> None:
    missing = [key for key in REQUIRED if key not in present]
    if missing:
        received = join_words(sorted(present), conjunction="and") if present else "none"
        raise DataError(
            f"{path}: expected arrays {join_words(REQUIRED, conjunction='and')}; "
            f"received {received}. {REMEDY}"
        )


def _array(archive: Mapping[str, Array], key: str, *, path: Path) -> Array:
    try:
        array = archive[key]
        if not isinstance(array, np.ndarray):  # bytes, if the member is no .npy
            raise TypeError("no NumPy array")
        if array.dtype.kind == "U":
            array.tolist()  # raises for invalid characters, which NumPy does not check
    except DAMAGED as error:
        raise DataError(
            f'{path}: array "{key}" cannot be read ({error}). '
            "Expected plain numbers, or strings for names: object arrays are refused, "
            f"since reading them runs code. {REMEDY}"
        ) from error
    return array


def _check_shapes(images: Array, labels: Array, *, path: Path) -> None:
    if images.ndim not in {3, 4} or labels.ndim != 1:
        raise DataError(
            f"{path}: expected images of shape (N, H, W, C) or (N, H, W) and labels "
            f"of shape (N,); received {images.shape} and {labels.shape}. "
            "Reshape the arrays"
        )
    if len(images) != len(labels):
        raise DataError(
            f"{path}: expected one label per image; received {len(images)} images and "
            f"{len(labels)} labels. {REMEDY}"
        )
    if images.size == 0:
        raise DataError(
            f"{path}: expected at least one image with pixels; received images of "
            f"shape {images.shape}. Check what was saved"
        )
    if _channels_first(images.shape):
        raise DataError(
            f"{path}: expected images of shape (N, H, W, C); received {images.shape}, "
            "which looks like channels first. Use images.transpose(0, 2, 3, 1)"
        )


def _channels_first(shape: tuple[int, ...]) -> bool:
    """Return whether a shape looks like PyTorch's layout, (N, C, H, W)."""
    match shape:
        case (_, 1 | 3, height, width):
            return height == width > 4  # noqa: PLR2004 - up to 4 may be channels
    return False


def _between_0_and_1(images: Array, *, path: Path) -> Array:
    """Return intensities as float32: integers are divided by 255."""
    if images.dtype.kind in "iu":
        _check_range(images, top=BRIGHTEST, path=path)
        return (images / np.float32(BRIGHTEST)).astype(np.float32)
    if images.dtype.kind == "f":
        _check_finite(images, path=path)
        _check_range(images, top=1, path=path)
        return np.ascontiguousarray(images, np.float32)
    raise DataError(
        f"{path}: expected integer or floating-point images; received {images.dtype}. "
        "Use images.astype(numpy.float32)"
    )


def _check_range(images: Array, *, top: int, path: Path) -> None:
    low, high = images.min(), images.max()
    if low < 0 or high > top:
        raise DataError(
            f"{path}: expected {images.dtype} intensities between 0 and {top}; "
            f"received {low} to {high}. Scale the images to 0..1 and save as float32"
        )


def _check_finite(images: Array, *, path: Path) -> None:
    damaged = ~np.isfinite(images)
    if damaged.any():
        # The argmax of a mask is the index of its first True.
        first = int(damaged.reshape(len(images), -1).any(axis=1).argmax())
        raise DataError(
            f"{path}: expected finite images; received {damaged.sum()} values that are "
            f"NaN or infinite, the first in image {first}. Repair or drop such images"
        )
