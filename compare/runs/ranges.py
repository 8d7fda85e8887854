"""The values that a request may contain; the same in suites, options and ``run.json``.

Imports nothing heavy. A `ValueError` raised here becomes an error of the file, which
adds its path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# Labels, frameworks and modes are parts of file names: no separator, and no ".." alone.
NAME = re.compile(r"\w[\w.@-]*")
# After a framework's name: keras[torch], keras[torch]@2.13
BACKEND = re.compile(r"\[\w[\w.-]*\](?=@|$)")
LONGEST_NAME = 50  # characters, each of up to 4 bytes; a file name may have 255 bytes
LONGEST_S = 7 * 24 * 3600.0


class Range(NamedTuple):
    """The smallest and the largest allowed value."""

    low: float
    high: float


# By field of a request.
RANGES = {
    "threads": Range(1, 4096),
    "seed": Range(0, 2**32 - 1),
    "launches": Range(0, 1_000),
    "repeats": Range(0, 1_000),
    "rounds": Range(1, 100_000),
    "block_s": Range(1e-6, 3600.0),
    "trajectory_steps": Range(1, 100_000),
    "time_limit_s": Range(1e-3, LONGEST_S),
    "budget_s": Range(1e-3, LONGEST_S),
    "margin": Range(0.0, 0.5),
    "precision": Range(1e-4, 0.5),
}


def require_in_range(field: str, received: float | None, *, allowed: Range) -> None:
    """Raise if a number is outside its range; ``None`` means not set.

    Raises:
        ValueError: It is, or it is not a number (NaN).
    """
    if received is not None and not allowed.low <= received <= allowed.high:
        raise ValueError(
            f"{field}: expected at least {allowed.low:.10g} and at most "
            f"{allowed.high:.10g}; received {received}"
        )


def require_name(field: str, received: str) -> None:
    """Raise if a name cannot be a part of file names.

    Raises:
        ValueError: It contains other characters, or is too long.
    """
    if len(received) > LONGEST_NAME or not NAME.fullmatch(received):
        raise ValueError(
            f'{field}: expected letters, digits, ".", "_", "@", "-", at most '
            f"{LONGEST_NAME}, and no punctuation at the start; "
            f"received {received[: 2 * LONGEST_NAME]!r}"
        )


def require_variant(field: str, received: str) -> None:
    """Raise if a text is not ``FRAMEWORK/MODE``.

    Raises:
        ValueError: It is not, or a part of it cannot be a part of file names.
    """
    framework, _, mode = received.partition("/")
    require_name(f"{field}: framework", BACKEND.sub("", framework))
    require_name(f"{field}: mode", mode)


def require_one_of(field: str, received: str, expected: Collection[str]) -> None:
    """Raise if a text is not one of the expected ones.

    Raises:
        ValueError: It is not.
    """
    if received not in expected:
        raise ValueError(
            f"{field}: expected {join_words(sorted(expected))}; received {received!r}"
        )


def require_different(field: str, received: Iterable[object]) -> None:
    """Raise if an element occurs twice.

    Raises:
        ValueError: One does.
    """
    found: set[object] = set()
    for each in received:
        if each in found:
            raise ValueError(f"expected a different {field}; received {each!r} twice")
        found.add(each)
