"""Draw a series as one line of text: ``▃▃▂▃▆▆▇``."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCKS = "▁▂▃▄▅▆▇█"
MISSING = "·"
LEAST_SPAN = log(1.10)  # a series that changes less is drawn as nearly flat


def draw_sparkline(values: Mapping[int, float], *, count: int, width: int) -> str:
    """Return a series as block characters, with heights on a logarithmic scale.

    Args:
        values: by position; positions without a value are shown as missing.
        count: the number of positions.
        width: the most characters. If there are more positions, neighbours share a
            character, which shows their mean.
    """
    if not values:
        return ""
    logarithms = {place: log(value) for place, value in values.items()}
    low, high = min(logarithms.values()), max(logarithms.values())
    span = max(high - low, LEAST_SPAN)
    start = (low + high - span) / 2
    shown = ""
    for places in np.array_split(range(count), min(count, width)):
        here = [logarithms[place] for place in places.tolist() if place in logarithms]
        share = (float(np.mean(here)) - start) / span if here else 0.0
        block = BLOCKS[min(int(share * len(BLOCKS)), len(BLOCKS) - 1)]
        shown += block if here else MISSING
    return shown
