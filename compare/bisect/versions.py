"""The released versions of a package, as its index lists them."""

from __future__ import annotations

import re
import subprocess
import sys

from packaging.version import InvalidVersion, Version

from compare.errors import UsageError
from compare.interpreters.environments import last_line
from compare.interpreters.interpreter import starts_version

LISTED = re.compile(r"Available versions: (?P<versions>.*)")
TIME_LIMIT_S = 120.0


def parse_range(text: str) -> tuple[str, str]:
    """Return both ends of ``FIRST..LAST``.

    Raises:
        UsageError: the text has another form, or is no range.
    """
    first, dots, last = text.partition("..")
    try:
        is_range = bool(dots) and Version(first) < Version(last)
    except InvalidVersion:
        is_range = False
    if not is_range:
        raise UsageError(
            "VERSIONS: expected an older and a newer version, such as 2.17..2.21; "
            f'received "{text}"'
        )
    return first, last


def list_versions(package: str) -> list[str]:
    """Return the released versions of a package, oldest first.

    They are those that pip can install into this interpreter, from the indexes that it
    is configured for.

    Raises:
        UsageError: the package has none.
    """
    command = [sys.executable, "-m", "pip", "index", "versions", package]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"{package}: pip listed no versions within {TIME_LIMIT_S:g} s"
        ) from error
    listed = LISTED.search(done.stdout)
    if listed is None:
        raise UsageError(
            f"PACKAGE: expected a package that pip can install; received {package}: "
            f"{last_line(done.stderr)}"
        )
    found = {
        version
        for text in listed["versions"].split(",")
        if not (version := Version(text.strip())).is_prerelease
    }
    # A build such as 2.13.0+cpu is the same release.
    public = {version.public: version for version in sorted(found)}
    return [str(public[name]) for name in sorted(public, key=Version)]


def select_range(versions: list[str], *, first: str, last: str) -> list[str]:
    """Return the versions from the first to the last one that two texts start.

    Raises:
        UsageError: there are fewer than two.
    """
    chosen = [
        version
        for version in versions
        if Version(first) <= Version(version)
        and (Version(version) <= Version(last) or starts_version(last, version))
    ]
    if len(chosen) < 2:  # noqa: PLR2004 - two ends
        raise UsageError(
            f"VERSIONS: expected at least two releases from {first} to {last}; found "
            f"{', '.join(chosen) or 'none'}. Released: {', '.join(versions[-12:])}"
        )
    return chosen
