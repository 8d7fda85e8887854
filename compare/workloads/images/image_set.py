"""Labelled images in memory, and functions that change their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

    from compare.contract import Array

MIN_CLASSES = 2  # one class leaves nothing to learn


@dataclass(frozen=True, kw_only=True)
class Images:
    """Labelled images with raw intensities between 0 and 1.

    Shape:
        ``images`` (N, H, W, C) float32; ``labels`` (N,) int64, each the index of its
        class in ``classes``.
    """

    images: Array
    labels: Array
    classes: tuple[str, ...]


def crop_and_resize(image: Image, *, image_size: int) -> Image:
    """Return the central square of an image, scaled bilinearly."""
    from PIL.Image import Resampling  # noqa: PLC0415 - most runs resize nothing

    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # ImageOps.fit is not used: its scaling includes pixels outside the square.
    cropped = image.crop((left, top, left + side, top + side))
    return cropped.resize((image_size, image_size), Resampling.BILINEAR)


def resize_images(images: Array, *, image_size: int | None) -> Array:
    """Return images cropped to their central square and scaled bilinearly.

    Shape:
        (N, H, W, C) -> (N, image_size, image_size, C); unchanged for None.
    """
    if image_size is None or images.shape[1:3] == (image_size, image_size):
        return images
    from PIL.Image import fromarray  # noqa: PLC0415 - as above

    count, height, width, channels = images.shape
    # A floating-point image of pillow has one channel: each is scaled separately.
    planes = np.moveaxis(images, -1, 1).reshape(-1, height, width)
    scaled = np.empty((len(planes), image_size, image_size), np.float32)
    for plane, result in zip(planes, scaled, strict=True):
        result[...] = np.asarray(
            crop_and_resize(fromarray(plane), image_size=image_size)
        )
    stacked = scaled.reshape(count, channels, image_size, image_size)
    # The weights sum to 1 only up to rounding, so results may exceed the range.
    return np.ascontiguousarray(np.moveaxis(stacked, 1, -1)).clip(0, 1)
