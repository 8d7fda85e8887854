"""Print the history of many runs, with one line per cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from compare.report.history.sentences import (
    answer_questions,
    describe_cautions,
    describe_differing,
)
from compare.report.history.tables import group_by_workload, tabulate_cells
from compare.report.run.console import show_cautions, show_sentences, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from compare.history.history import History


def print_history(history: History, console: Console) -> None:
    """Print a history, at most 80 columns wide."""
    show_cautions(describe_cautions(history), console)
    for answer in answer_questions(history):
        console.print(Text(answer.question, style="bold"))
        show_sentences(answer.sentences, console)
    for group in history.groups:
        if differing := describe_differing(group):
            console.print()
            console.print(Text(differing))
        for heading in group_by_workload(group):
            show_table(tabulate_cells(group, heading, with_line=True), console)
    console.print()
