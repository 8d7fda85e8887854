"""A lesson's program as text: its path, its steps, its variations."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from compare.errors import DataError, UsageError
from compare.frameworks import frameworks, frameworks_with, package_folder
from compare.study.sources import strip_docstring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from compare.contract import Framework

MARKER = re.compile(r"^( *)# \[step: ([a-z][a-z ]*)\]$", re.MULTILINE)
FOOTER = '\n\nif __name__ == "__main__":'


def program_path(name: str, *, framework: str) -> Path:
    """Return the path of a framework's program of a lesson; it may not exist."""
    return package_folder(frameworks()[framework]) / "lessons" / f"{name}.py"


def repository_path(name: str, *, framework: str) -> str:
    """Return the path of a program within the repository, for display."""
    return "/".join(program_path(name, framework=framework).parts[-3:])


def read_program(name: str, *, framework: str) -> str:
    """Return a framework's program of a lesson; empty if there is none."""
    path = program_path(name, framework=framework)
    return path.read_text("utf-8") if path.exists() else ""


def frameworks_of(name: str) -> Mapping[str, Framework]:
    """Return the frameworks that have a program of a lesson; others have no column."""
    return {
        framework: declared
        for framework, declared in frameworks_with("lessons").items()
        if read_program(name, framework=framework)
    }


def title_absent(reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the titles of frameworks without a program, and the reasons.

    Args:
        reasons: framework -> why it has none. Unknown ones are left out.
    """
    known = frameworks_with("lessons")
    return [
        (known[name].title or name, reason)
        for name, reason in reasons.items()
        if name in known
    ]


def require_program(name: str, *, framework: str) -> str:
    """Return a framework's program of a lesson.

    Raises:
        UsageError: there is none.
    """
    if source := read_program(name, framework=framework):
        return source
    raise UsageError(f"{name}: this lesson has no {framework} program")


def split_steps(source: str) -> dict[str, str]:
    """Split a program at its markers: step -> code.

    The code before the first marker has the key ``""``. The docstring and the code
    that prints the arrays are left out: all programs share them.
    """
    if not source:
        return {}
    body = strip_docstring(source.partition(FOOTER)[0])
    head, *pieces = MARKER.split(body)
    names, codes = pieces[1::3], pieces[2::3]
    steps = {"": head, **dict(zip(names, codes, strict=True))}
    return {name: code.strip("\n") for name, code in steps.items() if code.strip()}


def only_defines(code: str) -> bool:
    """Return whether a step outside ``main`` only defines functions or classes.

    The time of their calls counts for the steps that call them.
    """
    return not code.startswith(" ") and "def main(" not in code


def hash_texts(*texts: str) -> str:
    """Return a digest that identifies this version of some texts."""
    return sha256("\0".join(texts).encode()).hexdigest()[:16]


def insert_timers(source: str) -> str:
    """Return the program with each marker replaced by a call that records the time.

    Line numbers stay the same: some programs look up the source of a function.
    """
    return MARKER.sub(r'\1mark_step("\2")', source)


def apply_change(source: str, change: Mapping[str, str], *, what: str) -> str:
    """Return the program with some of its text replaced.

    Args:
        source: the program.
        change: text to replace -> its replacement. Texts that the program does not
            contain are ignored: they belong to another framework's program.
        what: the beginning of an error message.

    Raises:
        DataError: the program contains none of the texts, or one more than once.
    """
    found = {old: new for old, new in change.items() if old in source}
    repeated = [old for old in found if source.count(old) > 1]
    if not found or repeated:
        raise DataError(
            f"{what}: expected exactly one occurrence of {repeated or list(change)} in "
            "the program"
        )
    for old, new in found.items():
        source = source.replace(old, new)
    return source
