"""A percentage as it is typed: ``2%``, never a bare ``2`` or ``0.02``."""

from __future__ import annotations

from compare.errors import UsageError


def fraction(option: str, text: str) -> float:
    """``2%`` as 0.02; the sign is asked for, because 0.02 may mean either.

    Raises:
        UsageError: no percentage, or one that is not from 0% to 100%.
    """
    number, sign, rest = text.strip().partition("%")
    try:
        percent = float(number)
    except ValueError:
        percent = -1.0
    if not sign or rest or not 0 <= percent <= 100:  # noqa: PLR2004 - what per cent means
        raise UsageError(
            f"{option}: expected a percentage such as 2%, from 0% to 100%; "
            f'received "{text}"'
        )
    return percent / 100
