"""The exercise of a lesson: the change, the answer, and the check of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import ndiff
from textwrap import dedent
from typing import TYPE_CHECKING

from compare.study.comparison import is_answer_correct
from compare.study.program import apply_change, repository_path
from compare.study.prose import fill_values
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults
    from compare.study.site.columns import FrameworkColumn


@dataclass(frozen=True, kw_only=True)
class ProgramChange:
    """The changed lines of some programs; each begins with ``-`` or ``+``."""

    files: str  # the programs
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CheckedExercise:
    """An exercise with all values filled in, and the outcome of its check."""

    task: str
    changes: tuple[ProgramChange, ...]
    answer: str
    checks: tuple[str, ...]


def check_exercise(
    entry: LessonEntry, results: LessonResults, columns: Sequence[FrameworkColumn]
) -> CheckedExercise:
    """Return the exercise; its answer is checked against the changed programs."""
    exercise = entry.lesson.exercise
    return CheckedExercise(
        task=fill_values(exercise.task, entry, results),
        changes=tuple(_collect_changes(entry, columns)),
        answer=fill_values(exercise.answer, entry, results),
        checks=tuple(_check_answer(entry, results, column) for column in columns),
    )


def _collect_changes(
    entry: LessonEntry, columns: Sequence[FrameworkColumn]
) -> Iterator[ProgramChange]:
    """Yield the changes; programs with the same changed lines share one."""
    by_lines: dict[tuple[str, ...], list[str]] = {}
    for column in columns:
        if column.source:
            path = repository_path(entry.name, framework=column.framework.name)
            by_lines.setdefault(_changed_lines(entry, column), []).append(path)
    for lines, paths in by_lines.items():
        yield ProgramChange(files=join_words(paths, conjunction="and"), lines=lines)


def _changed_lines(entry: LessonEntry, column: FrameworkColumn) -> tuple[str, ...]:
    change = entry.lesson.exercise.change
    after = apply_change(column.source, change, what=f"exercise of {entry.name}")
    compared = ndiff(column.source.splitlines(), after.splitlines())
    different = [line for line in compared if line[0] in "+-"]
    code = dedent("\n".join(line[2:] for line in different)).splitlines()
    return tuple(
        f"{line[0]} {rest}" for line, rest in zip(different, code, strict=True)
    )


def _check_answer(
    entry: LessonEntry, results: LessonResults, column: FrameworkColumn
) -> str:
    """Return a sentence: whether the answer is correct for a framework's arrays."""
    if reason := column.result.reason or column.result.changed_reason:
        return f"Not checked in {column.title}: {reason.rstrip('.')}."
    if is_answer_correct(entry, results, framework=column.framework.name):
        return f"Checked in {column.title}: the changed program confirms the answer."
    return f"Wrong in {column.title}: the changed program contradicts the answer."
