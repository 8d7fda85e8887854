"""The page that leads from the concepts of lecture notes to the lessons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.notes import load_notes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.study.notes import LectureNote
    from compare.study.site.lesson_page import LessonPage


@dataclass(frozen=True, kw_only=True)
class NotesPage:
    """Every note, and the pages of the lessons that it leads to."""

    notes: Sequence[LectureNote]
    lessons: Mapping[str, LessonPage]  # those on the site, by name

    @property
    def concepts(self) -> int:
        """The number of concepts of all notes."""
        return sum(len(note.concepts) for note in self.notes)

    @property
    def complete(self) -> int:
        """The number of concepts that the lessons explain completely."""
        return sum(
            bool(concept.lessons) and not concept.missing
            for note in self.notes
            for concept in note.concepts
        )


def build_notes_page(pages: Sequence[LessonPage]) -> NotesPage:
    """Return the page for a site with these lessons."""
    return NotesPage(
        notes=load_notes(), lessons={page.entry.name: page for page in pages}
    )
