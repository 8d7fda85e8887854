"""Read a folder with one sub-folder of images per class, as in Imagenette or ImageNet.

Every file is cropped to its central square and scaled. It is kept in 8 bits per channel
until all files are read, because the number of channels depends on whether any file has
colour.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from typing import TYPE_CHECKING

import numpy as np

from compare.errors import DataError
from compare.files import require_regular_file
from compare.wording import join_words
from compare.workloads.images.image_set import MIN_CLASSES, Images, crop_and_resize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image as PillowImage

    from compare.contract import Array

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif"),
    *(".webp", ".ppm", ".tif", ".tiff"),
)
# pillow identifies a format by the contents of a file, not by its name. Only these
# formats are tried, so that a renamed file cannot start, for example, the PostScript
# interpreter.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM", "TIFF")
SPLITS = frozenset({"train", "val", "valid", "validation", "test"})
GREYSCALE = frozenset({"1", "L", "LA"})
PALETTE = frozenset({"P", "PA"})

# Exceptions that pillow's decoders raise for damaged files; only OSError is documented.
DAMAGED = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError),
    *(OverflowError, MemoryError, struct.error, zlib.error),
)


def read_folder(root: Path, *, image_size: int) -> Images:
    """Return the images of a folder, classes and files in sorted order.

    If `root` contains a folder ``train`` of class folders, that folder is read.

    Raises:
        DataError: there are no classes, a class has no images, or a file is no image.
    """
    try:
        files = _files_by_class(root)
    except OSError as error:
        raise DataError(
            f"{error.filename or root}: the folder cannot be listed ({error.strerror})."
            " Check its permissions"
        ) from error
    counts = [len(of_class) for of_class in files.values()]
    return Images(
        images=_read(
            [file for of_class in files.values() for file in of_class],
            image_size=image_size,
        ),
        labels=np.repeat(np.arange(len(files), dtype=np.int64), counts),
        classes=tuple(files),
    )


def _files_by_class(root: Path) -> dict[str, list[Path]]:
    folder = _training(root)
    classes = _folders(folder)
    if len(classes) < MIN_CLASSES:
        found = f"only {classes[0].name}" if classes else "none"
        raise DataError(
            f"{folder}: expected at least {MIN_CLASSES} sub-folders, one per class; "
            f"found {found}. Sort the images into {folder}/CLASS/"
        )
    return {of_class.name: _image_files(of_class) for of_class in classes}


def _training(root: Path) -> Path:
    """Return ``root/train`` if it contains the classes, else `root`."""
    train = root / "train"
    if not train.is_dir():
        return root
    # "train" may also be a class: then it contains images, and there are other classes.
    only_splits = {folder.name for folder in _folders(root)} <= SPLITS
    return train if only_splits or _folders(train) else root


def _visible(folder: Path) -> list[Path]:
    shown = (entry for entry in folder.iterdir() if not entry.name.startswith("."))
    return sorted(shown, key=lambda entry: entry.name)


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in _visible(folder) if entry.is_dir()]


def _image_files(folder: Path) -> list[Path]:
    files = [
        entry
        for entry in _visible(folder)
        # is_file() would skip a broken link; it should be reported instead.
        if entry.suffix.lower() in SUFFIXES and not entry.is_dir()
    ]
    if not files:
        raise DataError(
            f"{folder}: expected images ({join_words(SUFFIXES)}) of the class "
            f'"{folder.name}"; found none. Add some or remove the folder'
        )
    return files


def _read(files: Sequence[Path], *, image_size: int) -> Array:
    """Return images (N, image_size, image_size, C) with C = 1 if no file has colour."""
    from PIL import Image  # noqa: PLC0415 - most runs read no image files

    with warnings.catch_warnings():
        # Of what pillow can read around, e.g. damaged data about the camera.
        warnings.simplefilter("ignore")
        # pillow only warns up to twice its limit; no valid image here is that large.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        decoded = [_decoded(file, image_size=image_size) for file in files]
    channels = max(image.shape[-1] for image in decoded)
    images = np.empty((len(files), image_size, image_size, channels), np.float32)
    for image, result in zip(decoded, images, strict=True):
        np.divide(image, 255, out=result, dtype=np.float32)
    return images


def _decoded(file: Path, *, image_size: int) -> Array:
    """Return one image of shape (image_size, image_size, 1 or 3), in uint8."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - as above

    try:
        require_regular_file(file)
        with Image.open(file, formats=FORMATS) as image:
            # JPEG then decodes fewer pixels, still enough for smooth scaling.
            image.draft(None, (2 * image_size, 2 * image_size))
            fitted = crop_and_resize(
                _eight_bit(image, file=file), image_size=image_size
            )
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(
            f"{file}: expected at most {Image.MAX_IMAGE_PIXELS} pixels, pillow's limit "
            "against decompression bombs; received more. Shrink or remove the file"
        ) from error
    except UnidentifiedImageError as error:
        raise _damaged(file, "no image format recognised") from error
    except DAMAGED as error:
        reason = getattr(error, "strerror", None) or str(error) or repr(error)
        raise _damaged(file, reason) from error
    return np.asarray(fitted).reshape(image_size, image_size, -1)


def _damaged(file: Path, reason: str) -> DataError:
    if file.is_file() and file.stat().st_size == 0:
        reason = "the file is empty"
    return DataError(
        f"{file}: expected an image ({join_words(SUFFIXES)}); received a file that "
        f"cannot be read ({reason}). Replace or remove it"
    )


def _eight_bit(image: PillowImage.Image, *, file: Path) -> PillowImage.Image:
    """Return the image in mode L or RGB, without transparency."""
    if image.mode.startswith("I"):
        return _from_sixteen_bits(image, file=file)
    if image.mode == "F":
        raise _too_deep(file, "floating-point")
    if image.mode in GREYSCALE:
        return image.convert("L")
    if image.mode in PALETTE:
        # Via RGBA: pillow warns if a palette contains transparent colours.
        return image.convert("RGBA").convert("RGB")
    return image.convert("RGB")


def _from_sixteen_bits(image: PillowImage.Image, *, file: Path) -> PillowImage.Image:
    """Return the upper byte; pillow's own conversion would clip at 255."""
    from PIL import Image  # noqa: PLC0415 - as above

    intensities = np.asarray(image)
    if intensities.min() < 0 or intensities.max() > np.iinfo(np.uint16).max:
        raise _too_deep(file, "32-bit")
    return Image.fromarray((intensities >> 8).astype(np.uint8))


def _too_deep(file: Path, kind: str) -> DataError:
    return DataError(
        f"{file}: expected 8 or 16 bits per channel; received {kind} intensities, "
        "whose range is unknown. Convert the file, or pass all images as an .npz"
    )
