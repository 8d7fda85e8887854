"""The exercises of a lesson's guide: a mistake to find, and a step to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.study.blanks import ExerciseKind, make_exercise
from compare.study.differences import find_differences
from compare.study.guide import EXERCISE
from compare.study.prose import fill_values
from compare.study.results import Version
from compare.study.site.folder import EXERCISES, exercise_file
from compare.study.site.steps import fill_only_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.study.guide import Guide
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults
    from compare.study.site.columns import FrameworkColumn

MOST_DIFFERENCES = 4  # that the page lists


@dataclass(frozen=True, kw_only=True)
class ExerciseFile:
    """A program to download and to complete."""

    title: str  # the framework
    href: str
    text: str


@dataclass(frozen=True, kw_only=True)
class GuideTasks:
    """Both exercises, with their files and what the mistake changes."""

    only_in: tuple[tuple[str, str], ...]  # of the first exercise, by framework
    symptom: str
    hint: str
    effects: tuple[str, ...]  # of the mistake, by framework
    repair: tuple[ExerciseFile, ...]
    step: str  # to write
    write: tuple[ExerciseFile, ...]


def build_tasks(
    entry: LessonEntry,
    guide: Guide,
    results: LessonResults,
    columns: Sequence[FrameworkColumn],
) -> GuideTasks:
    """Return the exercises of a lesson."""
    repair, write = (
        tuple(
            _build_file(entry, guide, kind, column)
            for column in columns
            if column.source
        )
        for kind in ExerciseKind
    )
    return GuideTasks(
        only_in=fill_only_in(entry, guide, results, columns, step=EXERCISE),
        symptom=fill_values(guide.repair.symptom, entry, results),
        hint=guide.repair.hint,
        effects=tuple(
            sentence
            for column in columns
            for sentence in _describe_effect(entry, results, column)
        ),
        repair=repair,
        step=guide.write,
        write=write,
    )


def _build_file(
    entry: LessonEntry, guide: Guide, kind: ExerciseKind, column: FrameworkColumn
) -> ExerciseFile:
    file = exercise_file(entry.name, column.framework.name, kind)
    return ExerciseFile(
        title=column.title,
        href=f"{EXERCISES}/{file}",
        text=make_exercise(column.source, guide, kind, name=entry.name),
    )


def _describe_effect(
    entry: LessonEntry, results: LessonResults, column: FrameworkColumn
) -> Iterator[str]:
    """Yield a sentence on the arrays that the mistake changes."""
    name = column.framework.name
    if reason := column.result.mistaken_reason:
        yield f"{column.title}: {reason}"
    elif column.ran:
        found = find_differences(
            results.arrays(entry.name, name),
            results.arrays(entry.name, name, Version.MISTAKEN),
        )
        wrong = [
            f"`{each.name}` {each.text}"
            for each in found
            if each.text and each.name not in entry.lesson.own
        ]
        more = len(wrong) - MOST_DIFFERENCES
        listed = "; ".join(wrong[:MOST_DIFFERENCES])
        yield f"{column.title}: {listed}{f'; and {more} more' if more > 0 else ''}."
