"""What changed between two runs, in a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from compare.report.diff.sentences import (
    beyond,
    context,
    hidden,
    label,
    lone,
    notes,
    regressions,
)
from compare.report.diff.tables import altered, heading, step_times
from compare.report.run.cautions import Caution
from compare.report.run.console import show_cautions, show_sentences, show_table
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from compare.history.diff import Diff, Pair
    from compare.render.table import Table
    from compare.runs.folder import Run


def terminal(found: Diff, console: Console, *, show_all: bool = False) -> None:
    """Print what changed: readable at 80 columns, and in a file.

    Args:
        found: two runs compared.
        console: where to.
        show_all: what did not change, too.
    """
    mark = label(found)
    if mark:
        console.print(Text(mark, style="bold yellow"))
    for name, run in (("A", found.before), ("B", found.after)):
        console.print(Text(f"{name}  {_run(run)}"))
    show_cautions((Caution(text=text) for text in notes(found)), console)
    console.print()
    console.print(Text("What is worse?", style="bold"))
    show_sentences(regressions(found), console)
    for pair in found.pairs:
        _show_pair(found, pair, console, show_all=show_all)
    table = altered(found.rows)
    if table.rows:
        show_table(_marked(table, mark), console)
    for sentence in _last(found, show_all=show_all):
        console.print()
        console.print(Text(sentence, style="dim"))


def _run(run: Run) -> str:
    most = max(run.record.launches_done.values(), default=0)
    made = format_count(most, "launch", "launches")
    return f"{run.folder} ({run.record.created}, {made})"


def _show_pair(found: Diff, pair: Pair, console: Console, *, show_all: bool) -> None:
    control = (pair.control,) if pair.control else ()
    rows = (*pair.rows, *control) if show_all else [r for r in pair.rows if r.moved]
    if rows:
        table = step_times(found, pair, rows=rows)
        show_table(_marked(table, label(found)), console)
    else:
        within = f"no step time is known to have changed by more than {beyond(found)}"
        console.print()
        console.print(Text(f"{heading(pair)}: {within}", style="bold"))
    console.print(Text(context(found, pair), style="dim"))


def _marked(table: Table, mark: str) -> Table:
    return replace(table, caption=f"{table.caption} ({mark})") if mark else table


def _last(found: Diff, *, show_all: bool) -> Iterator[str]:
    yield from lone(found)
    if not show_all and (said := hidden(found)):
        yield said
