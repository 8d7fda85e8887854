"""The report in a terminal: the answers, then what each variant costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from compare.render.table import Table, Value, keep_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from compare.report.run.cautions import Caution
    from compare.report.run.outline import Outline

GAP = 1  # characters between columns
MIN_PROSE_WIDTH = 20  # of a column whose text is wrapped
MIN_COLUMNS = 2  # shown even if they do not fit
PASSAGE_COLUMNS = 4  # of the table of a difference that fit 80 characters
STYLES = {
    "": "",
    "good": "green",
    "worse": "yellow",
    "bad": "bold red",
    "caution": "yellow",
    "quiet": "dim",
}


def show_outline(outline: Outline, console: Console) -> None:
    """Print the answers, the cautions, the brief tables and the first differences."""
    show_cautions((each for each in outline.cautions if each.is_first), console)
    for answer in outline.answers:
        console.print(Text(answer.question, style="bold"))
        show_sentences(answer.sentences, console)
        console.print()
    show_cautions((each for each in outline.cautions if not each.is_first), console)
    for table in outline.brief:
        show_table(table, console)
    for section in outline.sections:
        for passage in section.passages:
            if not passage.is_folded:
                console.print()
                heading = f"{passage.heading}: where it differs"
                console.print(Text(heading, style="bold"))
                console.print(Text(" ".join(passage.sentences)))
                show_table(keep_columns(passage.table, to=PASSAGE_COLUMNS), console)


def show_sentences(sentences: Sequence[str], console: Console) -> None:
    """Print sentences; several of them as a list."""
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    mark = ("-",) if len(sentences) > 1 else ()
    for sentence in sentences:
        grid.add_row(*mark, Text(sentence))
    console.print(grid)


def show_table(table: Table, console: Console) -> None:
    """Print a table and its note.

    Columns that do not fit are left out, from the right: broken words and numbers
    without their units cannot be read.
    """
    fitting = keep_columns(table, to=_count_fitting(table, width=console.width))
    console.print()
    console.print(_make_rich_table(fitting))
    hidden = [column.title for column in table.columns[len(fitting.columns) :]]
    note = f"Too wide for this terminal: {', '.join(hidden)}." if hidden else ""
    if table.note or note:
        console.print(Text(f"{table.note} {note}".strip(), style="dim"))


def show_cautions(cautions: Iterable[Caution], console: Console) -> None:
    """Print what limits the results."""
    for caution in cautions:
        console.print(Text(f"! {caution.text}", style="yellow"))
        if caution.command:
            console.print(Text(f"  {caution.command}"), soft_wrap=True)


def _count_fitting(table: Table, *, width: int) -> int:
    """Return how many columns fit a width, from the left."""
    used = 0
    for number, column in enumerate(table.columns):
        least = _measure_column(table, number)
        used += min(least, MIN_PROSE_WIDTH) if column.kind == "prose" else least
        if used > width:
            return max(MIN_COLUMNS, number)
        used += GAP
    return len(table.columns)


def _make_rich_table(table: Table) -> RichTable:
    made = RichTable(
        title=Text(table.caption, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, GAP, 0, 0),
        pad_edge=False,
    )
    for number, column in enumerate(table.columns):
        made.add_column(
            Text(column.title),
            justify="right" if column.kind == "number" else "left",
            vertical="bottom",
            width=None if column.kind == "prose" else _measure_column(table, number),
        )
    for row in table.rows:
        made.add_row(*map(_style_value, row))
    return made


def _measure_column(table: Table, number: int) -> int:
    """Return the width of the longest value, or of the longest word of the heading."""
    words = table.columns[number].title.split()
    lines = (line for row in table.rows for line in row[number].text.splitlines())
    return max(map(len, [*words, *lines]))


def _style_value(value: Value) -> Text:
    return Text(value.text, style=STYLES[value.tone])
