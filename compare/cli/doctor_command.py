"""``graph-compare doctor``: report what is installed and what is missing."""

from __future__ import annotations

import click

from compare.cli.exit import ExitCode, run_guarded
from compare.cli.options import with_debug
from compare.errors import counted


@click.command()
@with_debug
def doctor(*, debug: bool) -> None:
    """Report what is installed, what is missing, and what to do about it."""
    run_guarded(print_findings, debug=debug)


def print_findings() -> int:
    """Print every finding with its remedy; return the exit code."""
    from compare.cli.doctor import findings  # noqa: PLC0415 - heavy

    found = findings()
    for finding in found:
        mark = "ok  " if finding.fine else "warn"
        click.echo(f"{mark}  {finding.subject}: {finding.found}")
        if finding.remedy:
            click.echo(f"      -> {finding.remedy}")
    count = sum(not finding.fine for finding in found)
    click.echo(f"\n{counted(count, 'warning') if count else 'No warnings'}.")
    return ExitCode.OK
