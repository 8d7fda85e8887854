"""The concepts of the lecture notes behind the lessons, and the lesson of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("notes.toml")


@dataclass(frozen=True, kw_only=True)
class Concept:
    """One concept of a lecture note.

    Attributes:
        text: the concept.
        lessons: the lessons that explain it; empty if there is none.
        missing: what no lesson shows, or why there is none; empty if all is shown.
    """

    text: str
    lessons: tuple[str, ...]
    missing: str


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A statement of a note that is wrong or outdated.

    Attributes:
        claim: of the note.
        right: what is true.
        lessons: the lessons that show it.
    """

    claim: str
    right: str
    lessons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LectureNote:
    """A lecture note: its concepts in their order, and corrections."""

    title: str
    concepts: tuple[Concept, ...]
    corrections: tuple[Correction, ...]


@cache
def load_notes() -> tuple[LectureNote, ...]:
    """Return all notes."""
    content = msgspec.toml.decode(FILE.read_bytes())
    return tuple(
        LectureNote(
            title=note["title"],
            concepts=tuple(
                Concept(text=text, lessons=tuple(lessons.split()), missing=missing)
                for text, lessons, missing in note["concepts"]
            ),
            corrections=tuple(
                Correction(claim=claim, right=right, lessons=tuple(lessons.split()))
                for claim, right, lessons in note.get("corrections", ())
            ),
        )
        for note in content["note"]
    )
