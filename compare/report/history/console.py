"""The history of many runs in a terminal: one line a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from compare.report.history.sentences import answers, cautions, told_apart
from compare.report.history.tables import by_workload, over_time
from compare.report.run.console import show_cautions, show_sentences, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from compare.history.history import History


def terminal(history: History, console: Console) -> None:
    """Print a history: readable at 80 columns, and in a file."""
    show_cautions(cautions(history), console)
    for answer in answers(history):
        console.print(Text(answer.question, style="bold"))
        show_sentences(answer.sentences, console)
    for group in history.groups:
        if said := told_apart(group):
            console.print()
            console.print(Text(said))
        for heading in by_workload(group):
            show_table(over_time(group, heading, with_line=True), console)
    console.print()
