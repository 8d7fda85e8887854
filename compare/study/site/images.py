"""Render arrays as rows of small grey-scale images."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from PIL import Image

from compare.render.format import format_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Array

MOST_IMAGES = 10  # in a row
COLOUR_CHANNELS = 3
IMAGE = Markup('<img src="data:image/png;base64,{}" alt="{}" width="{}" height="{}">')
ROW = Markup('<div class="images"><p>{}</p><div>{}</div></div>')
LEAST_PIXELS = 64  # of the shorter side, on the page


def render_images(arrays: Mapping[str, Array]) -> Markup:
    """Return one row per array; its smallest value is black, its largest white."""
    return Markup().join(
        _render_row(name, np.asarray(array, dtype=np.float64))
        for name, array in arrays.items()
        if np.size(array)
    )


def _render_row(name: str, array: Array) -> Markup:
    images = _split_images(array)
    low, high = float(array.min()), float(array.max())
    shown = images[:MOST_IMAGES]
    scaled = (shown - low) / (high - low) if high > low else np.zeros_like(shown)
    scale = f"black {format_number(low)}, white {format_number(high)}"
    limit = (
        f", the first {MOST_IMAGES} of {len(images)}"
        if len(images) > MOST_IMAGES
        else ""
    )
    return ROW.format(
        f"{name}: {scale}{limit}",
        Markup().join(
            _render_image(each, alt=f"{name}, image {number} of {len(shown)}; {scale}")
            for number, each in enumerate(scaled, start=1)
        ),
    )


def _split_images(array: Array) -> Array:
    """Return the array as (images, height, width) or (images, height, width, 3)."""
    if array.ndim > 2 and array.shape[-1] == 1:  # noqa: PLR2004 - a single channel
        array = array[..., 0]
    axes = 3 if array.shape[-1] == COLOUR_CHANNELS and array.ndim > 2 else 2  # noqa: PLR2004
    return (
        array.reshape(-1, *array.shape[-axes:]) if array.ndim > 1 else array[None, None]
    )


def _render_image(array: Array, *, alt: str) -> Markup:
    """Return an array of numbers from 0 to 1 as an embedded PNG."""
    buffer = BytesIO()
    Image.fromarray(np.round(array * 255).astype(np.uint8)).save(buffer, "PNG")
    height, width = array.shape[:2]
    zoom = max(1, LEAST_PIXELS // min(height, width))
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return IMAGE.format(encoded, alt, width * zoom, height * zoom)
