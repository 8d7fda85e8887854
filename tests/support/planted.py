"""The truth about planted breaks, read from the comments of their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from compare.contract import BreakCause

FOLDER = Path(__file__).parent / "planted_breaks"
MARK = "# planted: "


@dataclass(frozen=True)
class PlantedBreak:
    """One planted break: where it is, and its cause."""

    framework: str
    file: Path
    line: int
    cause: BreakCause

    @property
    def name(self) -> str:
        """Framework and name of the file, such as ``torch/item``."""
        return f"{self.framework}/{self.file.stem}"


def read_planted(file: Path) -> PlantedBreak:
    """Return the break that a file's only comment ``# planted:`` marks.

    Raises:
        ValueError: the file has no such comment, several, or an unknown cause.
    """
    lines = enumerate(file.read_text("utf-8").splitlines(), start=1)
    marked = [(n, text.partition(MARK)[2]) for n, text in lines if MARK in text]
    if len(marked) != 1:
        raise ValueError(f"{file}: expected one '{MARK}CAUSE', found {len(marked)}")
    ((line, cause),) = marked
    return PlantedBreak(file.parent.name, file, line, BreakCause(cause.strip()))


def list_planted() -> list[PlantedBreak]:
    """Return all planted breaks, by framework and name."""
    return [read_planted(file) for file in sorted(FOLDER.glob("*/*.py"))]
