"""Write and print the report of a run, for the commands that end with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compare.cli.console import make_console

if TYPE_CHECKING:
    from pathlib import Path

    from compare.runs.folder import Run


def write_report(run: Run) -> Path:
    """Write the report of a run; return the path of its HTML page."""
    from compare import report  # noqa: PLC0415 - heavy

    return report.write(run)


def print_run(run: Run, *, page: Path) -> None:
    """Print the answers and verdict tables of a run, its phases and its page."""
    from compare import report  # noqa: PLC0415 - heavy

    report.terminal(run, make_console())
    phases = [f"{phase.name} {phase.seconds:.1f} s" for phase in run.record.phases]
    if phases:
        click.echo(f"Time spent: {', '.join(phases)}")
    click.echo(f"Report: {page.resolve().as_uri()}")
