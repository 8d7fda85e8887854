"""Print what changed between two runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from compare.report.diff.sentences import (
    describe_caveats,
    describe_context,
    describe_hidden,
    describe_regressions,
    describe_unmatched,
    format_mark,
    format_threshold,
)
from compare.report.diff.tables import (
    format_heading,
    tabulate_changes,
    tabulate_step_times,
)
from compare.report.run.cautions import Caution
from compare.report.run.console import show_cautions, show_sentences, show_table
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from compare.history.diff import Diff, GroupDiff
    from compare.render.table import Table
    from compare.runs.folder import Run


def print_diff(found: Diff, console: Console, *, show_all: bool = False) -> None:
    """Print what changed, at most 80 columns wide.

    Args:
        found: two runs compared.
        console: the output.
        show_all: also print cells without a change.
    """
    mark = format_mark(found)
    if mark:
        console.print(Text(mark, style="bold yellow"))
    for name, run in (("A", found.before), ("B", found.after)):
        console.print(Text(f"{name}  {_describe_run(run)}"))
    show_cautions((Caution(text=text) for text in describe_caveats(found)), console)
    console.print()
    console.print(Text("What got worse?", style="bold"))
    show_sentences(describe_regressions(found), console)
    for group in found.groups:
        _print_group(found, group, console, show_all=show_all)
    table = tabulate_changes(found.rows)
    if table.rows:
        show_table(_add_mark(table, mark), console)
    for sentence in _last_sentences(found, show_all=show_all):
        console.print()
        console.print(Text(sentence, style="dim"))


def _describe_run(run: Run) -> str:
    most = max(run.record.launches_done.values(), default=0)
    launches = format_count(most, "launch", "launches")
    return f"{run.folder} ({run.record.created}, {launches})"


def _print_group(
    found: Diff, group: GroupDiff, console: Console, *, show_all: bool
) -> None:
    control = (group.control,) if group.control else ()
    changed = [row for row in group.rows if row.is_changed]
    rows = (*group.rows, *control) if show_all else changed
    if rows:
        table = tabulate_step_times(found, group, rows=rows)
        show_table(_add_mark(table, format_mark(found)), console)
    else:
        text = f"no change of a step time beyond {format_threshold(found)} was found"
        console.print()
        console.print(Text(f"{format_heading(group)}: {text}", style="bold"))
    console.print(Text(describe_context(found, group), style="dim"))


def _add_mark(table: Table, mark: str) -> Table:
    return replace(table, caption=f"{table.caption} ({mark})") if mark else table


def _last_sentences(found: Diff, *, show_all: bool) -> Iterator[str]:
    yield from describe_unmatched(found)
    if not show_all and (hidden := describe_hidden(found)):
        yield hidden
