"""Lessons in the terminal: the list, one pair, and what running them gave."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from rich.console import Group
from rich.markdown import Markdown
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from compare.frameworks import frameworks, why_not
from compare.report.format import DASH, nanoseconds, significant
from compare.side_by_side import Side, fits, names, piece, titles
from compare.study.ladder import CHAPTERS
from compare.study.lesson import find
from compare.study.program import source_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from compare.study.agreement import Compared
    from compare.study.lesson import Entry
    from compare.study.results import Produced, Results

PROSE = 88  # characters of a line that is read, not looked at
TIMES = "the first run, and again in the same process; one run each, no benchmark"


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
    if fits(sides, width=console.width):
        console.print(titles(sides, width=console.width))
    for step in names(sides):
        if step:
            console.print(Rule(step, style="dim", align="left"))
        if step and results is not None:
            _say(entry.lesson.steps[step], entry, console, results=results)
        console.print(piece(sides, step, width=console.width))
        console.print()
    if results is not None:
        _tell(entry, console, results=results)


def code(sides: Sequence[Side], console: Console) -> None:
    """Files of two variants, function by function."""
    if fits(sides, width=console.width):
        console.print(titles(sides, width=console.width))
    for name in names(sides):
        console.print(Rule(name, style="dim", align="left"))
        console.print(piece(sides, name, width=console.width))
        console.print()


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
    reason = why_not(declared, declared.modes[0])
    margins: dict[str, list[str]] = {}
    if results is not None:
        produced = results.of(entry.name)[framework]
        reason = produced.reason
        margins = {
            time.step: [
                nanoseconds(time.first_ns),
                f"again {nanoseconds(time.again_ns)}",
            ]
            for time in produced.times
            if time.step
        }
    title = f"{framework} (not run: {reason})" if reason else framework
    return Side(title=title, pieces=pieces, margins=margins)


def _say(prose: str, entry: Entry, console: Console, *, results: Results) -> None:
    from compare.study.prose import filled  # noqa: PLC0415 - only after a run

    text = filled(prose, entry, results)
    console.print(Markdown(text), width=min(console.width, PROSE))
    console.print()


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
    first = sum(time.first_ns for time in produced.times)
    again = sum(time.again_ns for time in produced.times)
    return f"{nanoseconds(first)}, again {nanoseconds(again)}"
