"""The report in a terminal: the answers, then what each variant costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from compare.render.table import Table, Value, narrowed, tabulate
from compare.report.agreement.walk import difference_passages
from compare.report.run.cautions import cautions
from compare.report.run.summary import answers
from compare.report.timing.verdict_tables import (
    AGREES,
    BREAK_EVEN,
    CAPTURES,
    FIRST_CALL_COLD,
    LARGEST_ERROR,
    OUTCOME,
    PEAK_MEMORY,
    RATIO,
    STEP_TIME,
    VARIANT,
    timing_note,
)
from compare.results.joining import group_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from compare.report.run.cautions import Caution
    from compare.results.cells import CellGroup
    from compare.runs.folder import Run

NARROW = 4  # columns of a walk that fit 80 characters
STYLES = {
    "": "",
    "good": "green",
    "worse": "yellow",
    "bad": "bold red",
    "caution": "yellow",
    "quiet": "dim",
}


def terminal(run: Run, console: Console) -> None:
    """Print a run: readable at 80 columns, and in a file."""
    compared = group_cells(run)
    said = cautions(run, compared)
    show_cautions((each for each in said if each.is_first), console)
    for answer in answers(run, compared):
        console.print(Text(answer.question, style="bold"))
        show_sentences(answer.sentences, console)
        console.print()
    show_cautions((each for each in said if not each.is_first), console)
    for table in (table for each in compared for table in _tables(each)):
        show_table(table, console)
    for passage in (
        each for each in difference_passages(compared) if not each.is_folded
    ):
        console.print()
        console.print(Text(f"{passage.heading}: where it differs", style="bold"))
        console.print(Text(" ".join(passage.sentences)))
        show_table(narrowed(passage.table, to=NARROW), console)


def show_sentences(sentences: Sequence[str], console: Console) -> None:
    """Print sentences, each beside a mark where there are several."""
    shown = RichTable.grid(padding=(0, 1, 0, 0))
    mark = ("-",) if len(sentences) > 1 else ()
    for sentence in sentences:
        shown.add_row(*mark, Text(sentence))
    console.print(shown)


def show_table(table: Table, console: Console) -> None:
    """Print a table and its note."""
    console.print()
    console.print(_rich(table))
    if table.note:
        console.print(Text(table.note, style="dim"))


def show_cautions(said: Iterable[Caution], console: Console) -> None:
    """Print what must be known before a figure is believed."""
    for caution in said:
        console.print(Text(f"! {caution.text}", style="yellow"))
        if caution.command:
            console.print(Text(f"  {caution.command}"), soft_wrap=True)


def _tables(comparison: CellGroup) -> Iterator[Table]:
    """What a step costs, then what stands around it: two tables fit 80 columns.

    None where nothing ran: the reasons are told above.
    """
    if all(line.is_missing for line in comparison.lines):
        return
    if not comparison.timed:
        fields = (VARIANT, CAPTURES, AGREES, LARGEST_ERROR)
        yield tabulate(comparison.heading, fields=fields, items=comparison.lines)
        return
    control = (comparison.control,) if comparison.control else ()
    yield tabulate(
        f"{comparison.heading}: steady state, against {comparison.baseline}",
        fields=(VARIANT, AGREES, STEP_TIME, RATIO, OUTCOME),
        items=(*comparison.lines, *control),
        note=timing_note(comparison),
    )
    yield tabulate(
        f"{comparison.heading}: what it captures and costs",
        fields=(VARIANT, CAPTURES, FIRST_CALL_COLD, BREAK_EVEN, PEAK_MEMORY),
        items=comparison.lines,
    )


def _rich(table: Table) -> RichTable:
    shown = RichTable(
        title=Text(table.caption, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for number, column in enumerate(table.columns):
        shown.add_column(
            Text(column.title),
            justify="right" if column.kind == "number" else "left",
            vertical="bottom",
            width=None if column.kind == "prose" else _width(table, number),
        )
    for row in table.rows:
        shown.add_row(*map(_styled, row))
    return shown


def _width(table: Table, number: int) -> int:
    """As wide as the longest figure: headings wrap at their words, figures never."""
    words = table.columns[number].title.split()
    lines = (line for row in table.rows for line in row[number].text.splitlines())
    return max(map(len, [*words, *lines]))


def _styled(value: Value) -> Text:
    return Text(value.text, style=STYLES[value.tone])
