"""Amounts as people type them: ``90s``, ``2min``, ``1%``."""

from __future__ import annotations

import re

from compare.errors import UsageError

UNITS_S = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
LONGEST_S = 7 * 24 * 3600.0
AMOUNT = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z%]*)\s*")


def seconds(option: str, received: str) -> float:
    """A duration.

    Raises:
        UsageError: it is none, or not from a second to a week.
    """
    found = AMOUNT.fullmatch(received.lower())
    if found and found[2] in UNITS_S:
        value = float(found[1]) * UNITS_S[found[2]]
        if 1 <= value <= LONGEST_S:
            return value
    raise UsageError(
        f"{option}: expected a duration from 1s to 168h, such as 90s, 2min or 1h; "
        f'received "{received}"'
    )


def share(option: str, received: str, *, low: float, high: float) -> float:
    """A percentage, as a share of one.

    Raises:
        UsageError: it is none, or not within these bounds.
    """
    found = AMOUNT.fullmatch(received)
    if found and found[2] == "%":
        value = float(found[1]) / 100
        if low <= value <= high:
            return value
    raise UsageError(
        f"{option}: expected a percentage from {100 * low:g}% to {high:.0%}, such as "
        f'1%; received "{received}"'
    )
