"""Format lists and counts for use in English sentences.

The lowest layer, next to `compare.contract`: it imports nothing from the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def join_words(words: Iterable[str], *, conjunction: str = "or") -> str:
    """Return words as an English list, for example ``a, b or c``.

    Args:
        words: at least one.
        conjunction: placed before the last word.
    """
    *head, last = words
    return f"{', '.join(head)} {conjunction} {last}" if head else last


def format_count(count: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun, for example ``1 launch`` or ``3 launches``.

    Args:
        count: of things; printed with thousands separators.
        singular: the noun for a count of 1.
        plural: the noun for any other count; by default `singular` with an ``s``.
    """
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def shorten(text: str, *, limit: int) -> str:
    """Return a text with about `limit` characters: a longer one without its middle.

    Args:
        text: any text.
        limit: the largest number of characters that are kept.
    """
    if len(text) <= limit:
        return text
    left_out = f" [… {len(text) - limit:,} characters left out …] "
    return text[: limit // 2] + left_out + text[len(text) - (limit - limit // 2) :]
