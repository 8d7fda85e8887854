"""Write and print the report of a run, for the commands that end with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compare.cli.console import make_console

if TYPE_CHECKING:
    from compare.report import Report
    from compare.runs.folder import Run
    from compare.runs.record import RunRecord


def write_report(run: Run) -> Report:
    """Render a run and write its files; return the report, to print it later."""
    from compare import report  # noqa: PLC0415 - heavy

    rendered = report.render(run)
    report.write(rendered)
    return rendered


def print_report(rendered: Report, *, record: RunRecord) -> None:
    """Print a report, the duration of each phase, and the address of the page.

    Args:
        rendered: the report.
        record: of the run, with the duration of the last phase.
    """
    from compare import report  # noqa: PLC0415 - heavy

    report.show(rendered, make_console())
    phases = [f"{phase.name} {phase.seconds:.1f} s" for phase in record.phases]
    if phases:
        click.echo(f"Time spent: {', '.join(phases)}")
    page = rendered.folder / report.PAGE_FILE
    click.echo(f"Report: {page.resolve().as_uri()}")
