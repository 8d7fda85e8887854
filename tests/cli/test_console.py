"""The console of the command line."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from compare.cli.console import make_console

NAME = "mine[bold] :dog: [/x] 3.14"


def test_names_are_printed_literally():
    console = make_console()
    table = Table(title=NAME)
    table.add_column(NAME)
    table.add_row(NAME)
    with console.capture() as printed:
        console.print(NAME)
        console.print(table)
        console.print(Text(NAME, style="bold"))
    assert printed.get().count(NAME) == 5
