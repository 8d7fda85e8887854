"""A mutant: one small edit of one source file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True, order=True)
class Mutant:
    """One edit. Offsets count bytes of the file in UTF-8."""

    file: str  # relative to the root of the project
    start: int
    end: int
    replacement: str
    line: int
    within: str  # the function or class that contains it; empty: the module
    source: str  # the line of the original, without indentation
    operator: str
    edit: str  # in words that fit into a table: "a < b -> a <= b"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies the mutant when lines move."""
        return (self.file, self.within, self.source, self.edit)

    @property
    def module(self) -> str:
        """The name under which the file is imported."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def apply(self, source: bytes) -> bytes:
        """Return the mutated text of the file."""
        return source[: self.start] + self.replacement.encode() + source[self.end :]

    def __str__(self) -> str:
        """``file:line: edit``."""
        return f"{self.file}:{self.line}: {self.edit}"


def unchanged(file: str) -> Mutant:
    """Return an edit that changes nothing: a judge must not notice it."""
    return Mutant(
        file=file,
        start=0,
        end=0,
        replacement="",
        line=1,
        within="",
        source="",
        operator="none",
        edit="nothing",
    )
