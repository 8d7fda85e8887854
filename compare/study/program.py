"""A lesson's program as text: where it is, its steps, its variations."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from compare.errors import DataError
from compare.frameworks import frameworks, package_folder
from compare.study.sources import without_docstring

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MARKER = re.compile(r"^( *)# \[step: ([a-z][a-z ]*)\]$", re.MULTILINE)
FOOTER = '\n\nif __name__ == "__main__":'


def path_of(name: str, *, framework: str) -> Path:
    """Where a framework's program of a lesson stands, or would stand."""
    return package_folder(frameworks()[framework]) / "lessons" / f"{name}.py"


def file_of(name: str, *, framework: str) -> str:
    """The same within the repository, for people."""
    return "/".join(path_of(name, framework=framework).parts[-3:])


def source_of(name: str, *, framework: str) -> str:
    """A framework's program of a lesson; empty where it has none."""
    path = path_of(name, framework=framework)
    return path.read_text("utf-8") if path.exists() else ""


def steps_of(source: str) -> dict[str, str]:
    """A program cut at its markers: step -> code; what stands before is ``""``.

    Without the docstring and without what prints the arrays, which all share.
    """
    if not source:
        return {}
    body = without_docstring(source.partition(FOOTER)[0])
    head, *pieces = MARKER.split(body)
    names, codes = pieces[1::3], pieces[2::3]
    cut = {"": head, **dict(zip(names, codes, strict=True))}
    return {name: code.strip("\n") for name, code in cut.items() if code.strip()}


def only_defines(code: str) -> bool:
    """Whether a step outside ``main`` defines something for others to call.

    What it takes is spent where it is called.
    """
    return not code.startswith(" ") and "def main(" not in code


def digest(*texts: str) -> str:
    """What tells one version of some texts from another."""
    return sha256("\0".join(texts).encode()).hexdigest()[:16]


def timed(source: str) -> str:
    """The program with each marker made a call that takes the time.

    Every line keeps its number, for those who look a function's source up.
    """
    return MARKER.sub(r'\1mark_step("\2")', source)


def changed(source: str, change: Mapping[str, str], *, what: str) -> str:
    """The program with some of its text replaced.

    Raises:
        DataError: nothing of it stands in the program, or something stands there
            more than once.
    """
    found = {old: new for old, new in change.items() if old in source}
    often = [old for old in found if source.count(old) > 1]
    if not found or often:
        raise DataError(
            f"{what}: expected the program to hold {often or list(change)} once"
        )
    for old, new in found.items():
        source = source.replace(old, new)
    return source
