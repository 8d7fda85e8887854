"""Lessons in the terminal: the list, one pair, and what running them gave."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

from rich.console import Group
from rich.markdown import Markdown
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from compare.frameworks import find_missing_framework, frameworks
from compare.render.columns import (
    MARK,
    Side,
    fits_side_by_side,
    piece_names,
    render_piece,
    render_titles,
)
from compare.render.format import DASH, nanoseconds, significant
from compare.study import ladder
from compare.study.ladder import CHAPTERS
from compare.study.lesson import find
from compare.study.program import file_of, source_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from compare.study.agreement import Compared
    from compare.study.lesson import Entry, Exercise
    from compare.study.results import Produced, Results

PROSE = 88  # characters of a line that is read, not looked at
OPEN = "\N{HORIZONTAL ELLIPSIS}"  # stands for a number before anything is run
TIMES = (
    "the first run, and again in the same process; one run each, no benchmark. "
    "A step in a loop counts all its passes, the last step what is given up at the end"
)


def listing(console: Console) -> None:
    """Every lesson in a line, chapter by chapter."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for chapter, held in CHAPTERS.items():
        table.add_row(Text(chapter, style="bold"), "")
        for name in held:
            table.add_row(f"  {name}", find(name).title)
    console.print(table, highlight=False)
    console.print("\ngraph-compare study LESSON shows a pair, --run runs it.")


def show(entry: Entry, console: Console, *, results: Results | None = None) -> None:
    """A pair step by step; with results, what each step says, took and gave."""
    console.print(Text(entry.title, style="bold"))
    console.print()
    console.print(Markdown(entry.introduction), width=min(console.width, PROSE))
    console.print()
    sides = [_side(entry, name, results=results) for name in frameworks()]
    if fits_side_by_side(sides, width=console.width):
        console.print(render_titles(sides, width=console.width))
    for step in piece_names(sides):
        if step:
            console.print(Rule(step, style="dim", align="left"))
            _say(entry.lesson.steps[step], entry, console, results=results)
        console.print(render_piece(sides, step, width=console.width))
        console.print()
    if results is not None:
        _tell(entry, console, results=results)
    _set(entry.lesson.exercise, entry, console, results=results)
    console.print(_what_next(entry, ran=results is not None), highlight=False)


def code(sides: Sequence[Side], console: Console) -> None:
    """Files of two variants, function by function; once where they are the same."""
    if fits_side_by_side(sides, width=console.width):
        console.print(render_titles(sides, width=console.width))
    for name in piece_names(sides):
        one, *others = sides
        same = all(side.pieces.get(name) == one.pieces.get(name) for side in others)
        said = f"{name} (the same in both)" if same else name
        console.print(Rule(said, style="dim", align="left"))
        shown = [replace(one, marked={})] if same else sides
        console.print(render_piece(shown, name, width=console.width))
        console.print()
    if any(side.marked for side in sides):
        console.print(f"{MARK} marks the lines that differ.")


def summary(entries: Iterable[Entry], console: Console, *, results: Results) -> None:
    """A line a lesson: do its programs agree, and what did each take."""
    from compare.study.agreement import agreement  # noqa: PLC0415 - only after a run

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("lesson", "agreement", *frameworks()):
        table.add_column(title)
    for entry in entries:
        produced = results.of(entry.name)
        taken = [_whole(produced[framework]) for framework in frameworks()]
        table.add_row(entry.name, verdict(agreement(entry, results)), *taken)
    console.print(table, highlight=False)
    console.print(f"Times: {TIMES}.", highlight=False)


def verdict(compared: Sequence[Compared]) -> str:
    """All of a lesson's comparisons in a few words."""
    if not compared:
        return "nothing to compare"
    if apart := [each for each in compared if each.reason]:
        each = apart[0]
        return f"disagree: {each.name} ({each.one}, {each.other}): {each.reason}"
    widest = max((e.relative for e in compared if not isnan(e.relative)), default=0.0)
    return (
        f"agree, {significant(widest, digits=2)} apart" if widest else "agree exactly"
    )


def _side(entry: Entry, framework: str, *, results: Results | None) -> Side:
    pieces = steps_of(source_of(entry.name, framework=framework))
    declared = frameworks()[framework]
    reason = str(find_missing_framework(declared) or "")
    margins: dict[str, list[str]] = {}
    if results is not None:
        produced = results.of(entry.name)[framework]
        reason = produced.reason
        margins = {
            time.step: [
                f"first {nanoseconds(time.first_ns)}",
                f"again {nanoseconds(time.again_ns)}",
            ]
            for time in produced.times
            if time.step
        }
    title = f"{framework} (not run: {reason})" if reason else framework
    return Side(title=title, pieces=pieces, margins=margins)


def _say(
    prose: str, entry: Entry, console: Console, *, results: Results | None
) -> None:
    """A paragraph; without results its numbers are left open."""
    from compare.study.prose import PLACEHOLDER, filled  # noqa: PLC0415 - Jinja

    text = PLACEHOLDER.sub(OPEN, prose)
    if results is not None:
        text = filled(prose, entry, results)
    console.print(Markdown(text), width=min(console.width, PROSE))
    console.print()


def _set(
    exercise: Exercise, entry: Entry, console: Console, *, results: Results | None
) -> None:
    """The exercise: its task and where to make it; with results its answer."""
    console.print(Rule("change this and see", style="dim", align="left"))
    _say(exercise.task, entry, console, results=results)
    for framework in frameworks():
        source = source_of(entry.name, framework=framework)
        console.print(file_of(entry.name, framework=framework), style="bold")
        for old, new in exercise.change.items():
            if old in source:
                console.print(Text(f"  - {old}\n  + {new}"))
    console.print()
    if results is not None:
        _say(exercise.answer, entry, console, results=results)


def _what_next(entry: Entry, *, ran: bool) -> str:
    """What to type after this lesson."""
    order = ladder.names()
    following = order[order.index(entry.name) + 1 :]
    said = (
        []
        if ran
        else [f"{OPEN} and the answer: graph-compare study {entry.name} --run"]
    )
    if following:
        said.append(f"Next lesson: graph-compare study {following[0]}")
    return "\n".join(said)


def _tell(entry: Entry, console: Console, *, results: Results) -> None:
    """What the programs printed, and whether their arrays agree."""
    from compare.study.agreement import agreement  # noqa: PLC0415 - only after a run

    for framework, produced in results.of(entry.name).items():
        if produced.printed:
            printed = Text(produced.printed.rstrip())
            console.print(Group(Text(f"{framework} prints", style="bold"), printed, ""))
    if compared := agreement(entry, results):
        console.print(_compared_table(compared), highlight=False)
    for name, reason in entry.lesson.own.items():
        console.print(f"not compared: {name}: {reason}", highlight=False)
    console.print(f"Times beside the steps: {TIMES}.\n", highlight=False)


def _compared_table(compared: Sequence[Compared]) -> Table:
    """A line an array, a column every two programs."""
    pairs = list(dict.fromkeys((each.one, each.other) for each in compared))
    found = {(each.name, each.one, each.other): each for each in compared}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("array", *(f"{one}, {other}" for one, other in pairs)):
        table.add_column(title)
    for name in dict.fromkeys(each.name for each in compared):
        cells = [found.get((name, *pair)) for pair in pairs]
        table.add_row(name, *(_apart(each) for each in cells))
    return table


def _apart(each: Compared | None) -> str:
    if each is None:
        return DASH
    if each.reason:
        return f"disagree: {each.reason}"
    exact = isnan(each.relative) or not each.relative
    return "equal" if exact else f"agree, {each.relative:.2g} apart"


def _whole(produced: Produced) -> str:
    if produced.reason:
        return f"not run: {produced.reason}"
    first, again = nanoseconds(produced.first_ns), nanoseconds(produced.again_ns)
    return f"{first}, again {again}"
