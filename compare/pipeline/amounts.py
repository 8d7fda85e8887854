"""Durations and percentages as users type them: ``90s``, ``2min``, ``1%``."""

from __future__ import annotations

import re

from compare.errors import UsageError

UNITS_S = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
SHORTEST_S, LONGEST_S = 1.0, 7 * 24 * 3600.0
AMOUNT = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z%]*)\s*")


def parse_duration(option: str, received: str) -> float:
    """Return a duration in seconds.

    Raises:
        UsageError: the text is not a duration, or not between a second and a week.
    """
    match = AMOUNT.fullmatch(received.lower())
    if match and match[2] in UNITS_S:
        seconds = float(match[1]) * UNITS_S[match[2]]
        if SHORTEST_S <= seconds <= LONGEST_S:
            return seconds
    raise UsageError(
        f"{option}: expected a duration from 1s to 168h, such as 90s, 2min or 1h; "
        f'received "{received}"'
    )


def parse_percentage(option: str, received: str, *, low: float, high: float) -> float:
    """Return a percentage as a fraction: ``1%`` is 0.01.

    Args:
        option: the name of the option, for the message.
        received: the text.
        low: the smallest allowed fraction.
        high: the largest allowed fraction.

    Raises:
        UsageError: the text is not a percentage, or is outside these bounds.
    """
    match = AMOUNT.fullmatch(received)
    if match and match[2] == "%":
        fraction = float(match[1]) / 100
        if low <= fraction <= high:
            return fraction
    raise UsageError(
        f"{option}: expected a percentage from {100 * low:g}% to {high:.0%}, such as "
        f'1%; received "{received}"'
    )
