"""Print lessons in the terminal: the overview, one pair, and the results of a run.

Names, reasons and printed text may contain square brackets, which rich would interpret
as markup. Everything that is not a constant is therefore printed as `Text`.
"""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

from rich.console import Group
from rich.markdown import Markdown
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from compare.frameworks import find_missing_framework, frameworks, frameworks_with
from compare.render.columns import (
    MARK,
    Side,
    fits_side_by_side,
    piece_names,
    render_piece,
    render_titles,
)
from compare.render.format import DASH, format_nanoseconds, format_number
from compare.study.guide import EXERCISE, load_guide
from compare.study.ladder import CHAPTERS, PATHS, lesson_names
from compare.study.lesson import load_lesson
from compare.study.program import (
    frameworks_of,
    read_program,
    repository_path,
    split_steps,
    title_absent,
)
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from compare.study.comparison import ArrayComparison
    from compare.study.lesson import Exercise, LessonEntry
    from compare.study.own_program import CheckedProgram
    from compare.study.results import LessonResults, ProgramResult
    from compare.study.translation import Language

PROSE_WIDTH = 88  # characters
TIMES = (
    "the first run, and again in the same process. These are single runs, not a "
    "benchmark. A step in a loop includes all iterations. The last step includes the "
    "cleanup at the end of the program"
)


def print_overview(console: Console) -> None:
    """Print each lesson's name and title, by chapter."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for chapter, lessons in CHAPTERS.items():
        table.add_row(Text(chapter, style="bold"), "")
        for name in lessons:
            table.add_row(Text(f"  {name}"), Text(load_lesson(name).title))
    console.print(table)
    console.print()
    for title, (_, names) in PATHS.items():
        console.print(Text(f"{title}: {', '.join(names)}"))
    console.print(
        "\nShow a lesson: graph-compare study LESSON. Show its results: add --run.",
        highlight=False,
    )


def print_lesson(
    entry: LessonEntry, console: Console, *, results: LessonResults | None = None
) -> None:
    """Print the programs of a lesson step by step.

    With results, the values in the prose, the times of the steps, the output, the
    comparison of the arrays and the answer of the exercise are included.
    """
    console.print(Text(entry.title, style="bold"))
    console.print()
    console.print(Markdown(entry.introduction), width=min(console.width, PROSE_WIDTH))
    console.print()
    for title, reason in title_absent(load_guide(entry.name).absent):
        _print_prose(f"{title}: {reason}", entry, console, results=results)
    sides = [
        _build_side(entry, name, results=results) for name in frameworks_of(entry.name)
    ]
    if fits_side_by_side(sides, width=console.width):
        console.print(render_titles(sides, width=console.width))
    for step in piece_names(sides):
        if step:
            _print_rule(step, console)
            _print_prose(entry.lesson.steps[step], entry, console, results=results)
            _print_only_in(step, entry, console, results=results)
        console.print(render_piece(sides, step, width=console.width))
        console.print()
    if results is not None:
        _print_results(entry, console, results=results)
    _print_exercise(entry.lesson.exercise, entry, console, results=results)
    console.print(Text(_format_next(entry, ran=results is not None)))


def print_code(sides: Sequence[Side], console: Console) -> None:
    """Print the files of two variants by function; identical functions once."""
    if fits_side_by_side(sides, width=console.width):
        console.print(render_titles(sides, width=console.width))
    for name in piece_names(sides):
        one, *others = sides
        same = all(side.pieces.get(name) == one.pieces.get(name) for side in others)
        _print_rule(f"{name} (the same in all)" if same else name, console)
        shown = [replace(one, marked={})] if same else sides
        console.print(render_piece(shown, name, width=console.width))
        console.print()
    if any(side.marked for side in sides):
        console.print(f"{MARK} marks the lines that differ.")


def print_summary(
    entries: Iterable[LessonEntry], console: Console, *, results: LessonResults
) -> None:
    """Print for each lesson whether its programs agree, and their times."""
    from compare.study.comparison import compare_programs  # noqa: PLC0415 - after a run

    names = list(frameworks_with("lessons"))
    table = _table("lesson", "agreement", *names)
    for entry in entries:
        programs = results.programs_of(entry.name)
        cells = [
            entry.name,
            describe_lesson_agreement(compare_programs(entry, results)),
            *(_format_times(programs[n]) if n in programs else DASH for n in names),
        ]
        table.add_row(*map(Text, cells))
    console.print(table)
    console.print(Text(f"Times: {TIMES}."))


def print_translation(language: Language, console: Console) -> None:
    """Print the units of a translation that are in English, and counts."""
    from compare.study.translation import (  # noqa: PLC0415 - reads all guides
        UnitState,
        count_states,
        list_units,
    )

    for lesson in lesson_names():
        for unit in list_units(lesson, language):
            if unit.state is not UnitState.TRANSLATED:
                console.print(Text(f"{lesson} {unit.key}: {unit.state}"))
    counts = count_states(language).items()
    listed = ", ".join(f"{count:,} {state}" for state, count in counts)
    console.print(Text(f"{language}: {listed}"))


def print_checked(checked: CheckedProgram, title: str, console: Console) -> None:
    """Print how the arrays of a reader's program compare with the lesson's."""
    if checked.failure:
        console.print(Text(f"{title} failed: {checked.failure}", style="bold"))
        for line in checked.lines:
            console.print(Text(f"  {line}"))
        return
    table = _table("array", "result")
    for each in checked.differences:
        table.add_row(Text(each.name), Text(each.text or "agrees"))
    console.print(table)
    for name in checked.unsteady:
        console.print(Text(f"{name} is not compared: it differs from run to run"))
    wrong = sum(bool(each.text) for each in checked.differences)
    count = format_count(len(checked.differences), "array")
    outcome = f"{wrong} of them different" if wrong else "all agree"
    console.print(Text(f"{count}, {outcome}"))


def describe_lesson_agreement(compared: Sequence[ArrayComparison]) -> str:
    """Return a short description of all comparisons of a lesson."""
    if not compared:
        return "nothing to compare"
    if disagreeing := [each for each in compared if each.reason]:
        each = disagreeing[0]
        return f"disagree: {each.name} ({each.one}, {each.other}): {each.reason}"
    largest = max((e.relative for e in compared if not isnan(e.relative)), default=0.0)
    if not largest:
        return "agree exactly"
    return f"agree, relative difference {format_number(largest, digits=2)}"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(Text(heading))
    return table


def _print_rule(title: str, console: Console) -> None:
    console.print(Rule(Text(title), style="dim", align="left"))


def _build_side(
    entry: LessonEntry, framework: str, *, results: LessonResults | None
) -> Side:
    pieces = split_steps(read_program(entry.name, framework=framework))
    declared = frameworks()[framework]
    reason = str(find_missing_framework(declared) or "")
    margins: dict[str, list[str]] = {}
    if results is not None:
        program = results.programs_of(entry.name)[framework]
        reason = program.reason
        margins = {
            time.step: [
                f"first {format_nanoseconds(time.first_ns)}",
                f"again {format_nanoseconds(time.again_ns)}",
            ]
            for time in program.times
            if time.step
        }
    title = f"{framework} (not run: {reason})" if reason else framework
    return Side(title=title, pieces=pieces, margins=margins)


def _print_only_in(
    step: str, entry: LessonEntry, console: Console, *, results: LessonResults | None
) -> None:
    """Print what only some programs show in a step."""
    guide = load_guide(entry.name)
    for framework, declared in frameworks_of(entry.name).items():
        if text := guide.find_only_in(framework, step):
            prose = f"{declared.title or framework}: {text}"
            _print_prose(prose, entry, console, results=results)


def _print_prose(
    prose: str, entry: LessonEntry, console: Console, *, results: LessonResults | None
) -> None:
    """Print a paragraph; without results, sentences with values are left out."""
    from compare.study.prose import fill_values, omit_values  # noqa: PLC0415 - Jinja

    text = omit_values(prose) if results is None else fill_values(prose, entry, results)
    console.print(Markdown(text), width=min(console.width, PROSE_WIDTH))
    console.print()


def _print_exercise(
    exercise: Exercise,
    entry: LessonEntry,
    console: Console,
    *,
    results: LessonResults | None,
) -> None:
    """Print the task and the lines to change; with results, also the answer."""
    _print_rule("exercise", console)
    _print_prose(exercise.task, entry, console, results=results)
    _print_only_in(EXERCISE, entry, console, results=results)
    for framework in frameworks_of(entry.name):
        source = read_program(entry.name, framework=framework)
        path = repository_path(entry.name, framework=framework)
        console.print(Text(path, style="bold"))
        for old, new in exercise.change.items():
            if old in source:
                console.print(Text(f"  - {old}\n  + {new}"))
    console.print()
    if results is not None:
        _print_prose(exercise.answer, entry, console, results=results)


def _format_next(entry: LessonEntry, *, ran: bool) -> str:
    """Return the commands to continue with."""
    order = lesson_names()
    following = order[order.index(entry.name) + 1 :]
    lines = [] if ran else [_format_note(entry)]
    if following:
        lines.append(f"Next lesson: graph-compare study {following[0]}")
    return "\n".join(lines)


def _format_note(entry: LessonEntry) -> str:
    """Return the note on what is missing before a run."""
    from compare.study.prose import OMITTED, PLACEHOLDER  # noqa: PLC0415 - Jinja

    shown = [*entry.lesson.steps.values(), entry.lesson.exercise.task]
    omits = any(PLACEHOLDER.search(prose) for prose in shown)
    command = f"graph-compare study {entry.name} --run"
    if omits:
        return (
            f"Computed values ({OMITTED}) and the answer appear after a run: {command}"
        )
    return f"The answer appears after a run: {command}"


def _print_results(
    entry: LessonEntry, console: Console, *, results: LessonResults
) -> None:
    """Print the output of the programs and the comparison of their arrays."""
    from compare.study.comparison import compare_programs  # noqa: PLC0415 - after a run

    for framework, program in results.programs_of(entry.name).items():
        if printed := "".join(program.printed.values()).rstrip():
            heading = Text(f"{framework} prints", style="bold")
            console.print(Group(heading, Text(printed), ""))
    if compared := compare_programs(entry, results):
        console.print(_build_comparison_table(compared))
    for name, reason in entry.lesson.own.items():
        console.print(Text(f"{name} is not compared: {reason}"))
    console.print(Text(f"Times next to the steps: {TIMES}.\n"))


def _build_comparison_table(compared: Sequence[ArrayComparison]) -> Table:
    """Return a table with one row per array and one column per pair of programs."""
    pairs = list(dict.fromkeys((each.one, each.other) for each in compared))
    found = {(each.name, each.one, each.other): each for each in compared}
    table = _table("array", *(f"{one}, {other}" for one, other in pairs))
    for name in dict.fromkeys(each.name for each in compared):
        cells = [found.get((name, *pair)) for pair in pairs]
        table.add_row(Text(name), *(Text(_format_comparison(each)) for each in cells))
    return table


def _format_comparison(each: ArrayComparison | None) -> str:
    if each is None:
        return DASH
    if each.reason:
        return f"disagree: {each.reason}"
    exact = isnan(each.relative) or not each.relative
    return "equal" if exact else f"agree, relative difference {each.relative:.2g}"


def _format_times(program: ProgramResult) -> str:
    if program.reason:
        return f"not run: {program.reason}"
    first, again = (
        format_nanoseconds(program.first_ns),
        format_nanoseconds(program.again_ns),
    )
    return f"{first}, again {again}"
