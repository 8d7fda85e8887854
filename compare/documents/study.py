"""The result of ``study``: lessons, what their programs returned, and a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.study.comparison import ArrayComparison, compare_programs, has_passed
from compare.study.differences import ArrayDifference
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.program import frameworks_of
from compare.study.results import ProgramResult

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.study.own_program import CheckedProgram
    from compare.study.results import LessonResults


class StudiedLesson(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson, and what its programs returned if they were run.

    Attributes:
        frameworks: those with a program.
        has_passed: no program failed, all arrays agree, and the answer of the exercise
            is correct; null if the programs were not run.
        programs: the outcome of each; empty if they were not run.
        arrays: each array of a program compared with another one's, or with NumPy.
    """

    name: str
    title: str
    frameworks: list[str]
    has_passed: bool | None = None
    programs: list[ProgramResult] = []
    arrays: list[ArrayComparison] = []


class StudiedProgram(msgspec.Struct, frozen=True, kw_only=True):
    """A reader's program, compared with its lesson.

    Attributes:
        lesson: its name.
        file: of the program.
        failure: why it returned nothing; empty if it did.
        arrays: each array of the lesson; ``text`` is empty if it agrees.
        unsteady: arrays that differ in every run, which are not compared.
    """

    lesson: str
    file: str
    framework: str
    has_passed: bool
    failure: str
    arrays: list[ArrayDifference]
    unsteady: list[str]


class StudyDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Lessons, or a reader's program of one.

    Attributes:
        environment: of the programs that were run; empty if none was.
        program: null without ``--check``.
    """

    lessons: list[StudiedLesson] = []
    environment: dict[str, str] = {}
    program: StudiedProgram | None = None


def describe_lessons(
    names: Iterable[str] | None = None, results: LessonResults | None = None
) -> StudyDocument:
    """Return lessons, all by default, as a document, with their results if any."""
    chosen = lesson_names() if names is None else names
    return StudyDocument(
        lessons=[_describe_lesson(name, results) for name in chosen],
        environment=results.record.environment if results else {},
    )


def describe_program(
    checked: CheckedProgram, *, lesson: str, file: str
) -> StudyDocument:
    """Return a reader's program as a document."""
    return StudyDocument(
        program=StudiedProgram(
            lesson=lesson,
            file=file,
            framework=checked.framework,
            has_passed=checked.has_passed,
            failure=checked.failure,
            arrays=list(checked.differences),
            unsteady=list(checked.unsteady),
        )
    )


def _describe_lesson(name: str, results: LessonResults | None) -> StudiedLesson:
    entry = load_lesson(name)
    known = StudiedLesson(
        name=name, title=entry.title, frameworks=list(frameworks_of(name))
    )
    if results is None:
        return known
    return msgspec.structs.replace(
        known,
        has_passed=has_passed(entry, results),
        programs=list(results.programs_of(name).values()),
        arrays=compare_programs(entry, results),
    )
