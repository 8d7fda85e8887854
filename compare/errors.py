"""The errors a user can cause, and one way of wording them.

Every message says what was expected, what was received, where, and what to do next.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class CompareError(Exception):
    """Something the user can put right; the CLI prints it without a traceback."""


class UsageError(CompareError):
    """A request that names something unknown or impossible."""


class DataError(CompareError):
    """An image, data or suite file that cannot be read, is empty or is damaged."""


class OutOfRangeError(CompareError):
    """A workload whose numbers are too large for a dtype."""


class RunError(CompareError):
    """A run directory that cannot be written, resumed or read back."""


class WorkerError(CompareError):
    """A worker that died, hung or lied; ends its own cell only."""


def join_words(names: Iterable[str], *, conjunction: str = "or") -> str:
    """Names as prose: ``a, b or c``."""
    *head, last = names
    return f"{', '.join(head)} {conjunction} {last}" if head else last


def format_count(count: int, what: str, several: str = "") -> str:
    """So many of something: ``1 launch``, ``3 launches``."""
    return f"{count:,} {what if count == 1 else several or what + 's'}"


def unknown_name(
    what: str,
    received: str,
    *,
    expected: Iterable[str],
    listed_by: str = "",
    hints: int = 1,
) -> UsageError:
    """The error for a name not among those expected, with the nearest matches.

    Too many to name in a sentence are `listed_by` a command; as many of them as
    `hints` are guessed at.
    """
    expected = tuple(expected)
    nearest = get_close_matches(received, expected, n=hints, cutoff=0.5)
    hint = f" (did you mean {join_words(nearest)}?)" if nearest else ""
    names = f"a name that {listed_by} lists" if listed_by else join_words(expected)
    return UsageError(f'{what}: expected {names}; received "{received}"{hint}')
