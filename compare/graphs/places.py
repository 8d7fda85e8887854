"""Where the code is that created a node of a graph."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Place = tuple[str, int]  # file and line

NO_PLACE: Place = ("", 0)
INSTALLED = ("site-packages", "dist-packages")
STANDARD_LIBRARY = sysconfig.get_path("stdlib")
# The code that runs a step to read its graphs is no part of the step.
HARNESS = str(Path(__file__).parents[1])
READERS = re.compile(r"[/\\]impl_\w+[/\\]((target_)?session|graphs|\w+_graph)\.py$")
FRAME = re.compile(r'File "([^"]+)", line (\d+)')


def parse_frames(text: str) -> list[Place]:
    """Return the places of a traceback in Python's format, outermost first."""
    return [(file, int(line)) for file, line in FRAME.findall(text)]


def find_own_place(frames: Iterable[Place]) -> Place:
    """Return the innermost place in the code of a model or of a training step.

    Args:
        frames: outermost first.

    Returns:
        File and line; `NO_PLACE` if all code belongs to installed packages, to the
        standard library or to the harness, or was entered without a file.
    """
    own = [place for place in frames if _is_own(place[0])]
    return own[-1] if own else NO_PLACE


def _is_own(file: str) -> bool:
    is_file = bool(file) and not file.startswith("<")
    is_installed = any(each in file for each in INSTALLED)
    is_library = is_installed or file.startswith((STANDARD_LIBRARY, HARNESS))
    return is_file and not is_library and not READERS.search(file)
