"""Errors that a user can cause and fix.

Every message states what was expected, what was received, where, and what to do next.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable


class CompareError(Exception):
    """Base class of errors that a user can fix; printed without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(CompareError):
    """A request names something unknown or impossible."""


class DataError(CompareError):
    """An image, data or suite file is unreadable, empty or damaged."""


class OutOfRangeError(CompareError):
    """The numbers of a workload are too large for a dtype."""


class RunError(CompareError):
    """A run folder cannot be written, resumed or read."""


class StorageError(Exception):
    """A result cannot be written, for example to a full disk. It ends the whole run.

    It is no `CompareError`: those end one cell, or are mistakes in a request.
    """


class WorkerError(CompareError):
    """The worker crashed, timed out or sent an invalid reply. Only its cell fails.

    Attributes:
        stated: the exception that a request raised, as type and message.
        detail: its traceback; both are empty if there was no exception.
    """

    def __init__(self, message: str, *, stated: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.stated, self.detail = stated, detail


def unknown_name(
    what: str,
    received: str,
    *,
    expected: Iterable[str],
    listed_by: str = "",
    hints: int = 1,
) -> UsageError:
    """Return the error for an unknown name, with the nearest expected names.

    Args:
        what: the kind of name, for example ``variant``.
        received: the unknown name.
        expected: every valid name.
        listed_by: the command that lists the valid names, if they are too many for a
            message.
        hints: the largest number of similar names to suggest.
    """
    expected = tuple(expected)
    nearest = get_close_matches(received, expected, n=hints, cutoff=0.5)
    hint = f" (did you mean {join_words(nearest)}?)" if nearest else ""
    names = f"a name that {listed_by} lists" if listed_by else join_words(expected)
    return UsageError(f'{what}: expected {names}; received "{received}"{hint}')
