"""Labelled images in memory, and how arrays of images change size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

    from compare.contract import Array

MIN_CLASSES = 2  # with fewer there is nothing to tell apart


@dataclass(frozen=True, kw_only=True)
class Images:
    """Images as a workload uses them: raw intensities between 0 and 1.

    Shape:
        ``images`` (N, H, W, C) float32, ``labels`` (N,) int64, each the position of
        its class in ``classes``.
    """

    images: Array
    labels: Array
    classes: tuple[str, ...]


def crop_and_resize(image: Image, *, image_size: int) -> Image:
    """The central square of an image, scaled bilinearly."""
    from PIL.Image import Resampling  # noqa: PLC0415 - most runs resize nothing

    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Not ImageOps.fit: its scaling blends in pixels from outside the square.
    cropped = image.crop((left, top, left + side, top + side))
    return cropped.resize((image_size, image_size), Resampling.BILINEAR)


def resize_images(images: Array, *, image_size: int | None) -> Array:
    """Images cropped to their central square and scaled bilinearly.

    Shape:
        (N, H, W, C) -> (N, image_size, image_size, C); unchanged for ``None``.
    """
    if image_size is None or images.shape[1:3] == (image_size, image_size):
        return images
    from PIL.Image import fromarray  # noqa: PLC0415 - as above

    count, height, width, channels = images.shape
    # pillow's floating-point images have one channel, so each channel goes alone.
    planes = np.moveaxis(images, -1, 1).reshape(-1, height, width)
    scaled = np.empty((len(planes), image_size, image_size), np.float32)
    for plane, result in zip(planes, scaled, strict=True):
        result[...] = np.asarray(crop_and_resize(fromarray(plane), image_size=image_size))
    stacked = scaled.reshape(count, channels, image_size, image_size)
    # Weights that add up to 1 but for rounding may leave the range by that rounding.
    return np.ascontiguousarray(np.moveaxis(stacked, 1, -1)).clip(0, 1)
