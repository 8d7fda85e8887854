"""Arrays as rows of small grey images."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from PIL import Image

from compare.render.format import significant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Array

MOST = 10  # in a row
COLOURS = 3
IMAGE = Markup('<img src="data:image/png;base64,{}" alt="{}" width="{}" height="{}">')
ROW = Markup('<div class="images"><p>{}</p><div>{}</div></div>')
LEAST_PIXELS = 64  # of the shorter side, on the page


def images(arrays: Mapping[str, Array]) -> Markup:
    """One row an array, black its least value and white its largest."""
    return Markup().join(
        _row(name, np.asarray(array, dtype=np.float64))
        for name, array in arrays.items()
        if np.size(array)
    )


def _row(name: str, array: Array) -> Markup:
    single = _singly(array)
    low, high = float(array.min()), float(array.max())
    shown = single[:MOST]
    scaled = (shown - low) / (high - low) if high > low else np.zeros_like(shown)
    ends = f"black {significant(low)}, white {significant(high)}"
    left = f", the first {MOST} of {len(single)}" if len(single) > MOST else ""
    return ROW.format(
        f"{name}: {ends}{left}",
        Markup().join(
            _image(each, alt=f"{name}, image {number} of {len(shown)}; {ends}")
            for number, each in enumerate(scaled, start=1)
        ),
    )


def _singly(array: Array) -> Array:
    """Images one after another: (images, height, width), or with colours behind."""
    if array.ndim > 2 and array.shape[-1] == 1:  # noqa: PLR2004 - a single channel
        array = array[..., 0]
    held = 3 if array.shape[-1] == COLOURS and array.ndim > 2 else 2  # noqa: PLR2004
    return (
        array.reshape(-1, *array.shape[-held:]) if array.ndim > 1 else array[None, None]
    )


def _image(array: Array, *, alt: str) -> Markup:
    """An array of numbers from 0 to 1 as a PNG inside the page."""
    held = BytesIO()
    Image.fromarray(np.round(array * 255).astype(np.uint8)).save(held, "PNG")
    height, width = array.shape[:2]
    larger = max(1, LEAST_PIXELS // min(height, width))
    encoded = base64.b64encode(held.getvalue()).decode("ascii")
    return IMAGE.format(encoded, alt, width * larger, height * larger)
