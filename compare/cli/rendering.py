"""Write and print the report of a run, for the commands that end with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compare.cli.console import make_console

if TYPE_CHECKING:
    from pathlib import Path


def write_report(folder: Path) -> Path:
    """Compute the timing tables of a run and render its report.

    Returns:
        The path of the HTML page.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    from compare import report  # noqa: PLC0415 - heavy
    from compare.pipeline.run import finish  # noqa: PLC0415 - heavy

    finish(folder)
    return report.write(folder)


def print_run(folder: Path, *, page: Path) -> None:
    """Print the answers and verdict tables of a run, its phases and its page."""
    from compare import report  # noqa: PLC0415 - heavy
    from compare.runs.results import load_run  # noqa: PLC0415 - heavy

    run = load_run(folder)
    report.terminal(run, make_console())
    phases = [f"{phase.name} {phase.seconds:.1f} s" for phase in run.record.phases]
    if phases:
        click.echo(f"Time spent: {', '.join(phases)}")
    click.echo(f"Report: {page.resolve().as_uri()}")
