"""The exercise of a lesson: what to change, the answer, and whether that is true."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import ndiff
from textwrap import dedent
from typing import TYPE_CHECKING

from compare.study.agreement import answer_holds
from compare.study.program import changed, file_of
from compare.study.prose import filled
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.study.lesson import Entry
    from compare.study.results import Results
    from compare.study.site.columns import Column


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The lines that change in some programs, each beginning with its sign."""

    files: str  # the programs
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Task:
    """An exercise, worked out."""

    task: str
    differences: tuple[Difference, ...]
    answer: str
    checks: tuple[str, ...]


def task(entry: Entry, results: Results, columns: Sequence[Column]) -> Task:
    """The exercise with its answer checked against what the changed programs gave."""
    exercise = entry.lesson.exercise
    return Task(
        task=filled(exercise.task, entry, results),
        differences=tuple(_differences(entry, columns)),
        answer=filled(exercise.answer, entry, results),
        checks=tuple(_check(entry, results, column) for column in columns),
    )


def _differences(entry: Entry, columns: Sequence[Column]) -> Iterator[Difference]:
    """What changes, said once where it is the same in all programs."""
    by_lines: dict[tuple[str, ...], list[str]] = {}
    for column in columns:
        if column.source:
            file = file_of(entry.name, framework=column.framework.name)
            by_lines.setdefault(_lines(entry, column), []).append(file)
    for lines, files in by_lines.items():
        yield Difference(files=join_words(files, conjunction="and"), lines=lines)


def _lines(entry: Entry, column: Column) -> tuple[str, ...]:
    change = entry.lesson.exercise.change
    after = changed(column.source, change, what=f"exercise of {entry.name}")
    compared = ndiff(column.source.splitlines(), after.splitlines())
    different = [line for line in compared if line[0] in "+-"]
    code = dedent("\n".join(line[2:] for line in different)).splitlines()
    return tuple(
        f"{line[0]} {rest}" for line, rest in zip(different, code, strict=True)
    )


def _check(entry: Entry, results: Results, column: Column) -> str:
    """Whether the answer is true of what one framework's programs returned."""
    if reason := column.produced.reason or column.produced.changed_reason:
        return f"Not checked in {column.title}: {reason.rstrip('.')}."
    if answer_holds(entry, results, framework=column.framework.name):
        return f"Checked in {column.title}: the changed program was run, and it holds."
    return f"Does not hold in {column.title}, where the changed program was run."
