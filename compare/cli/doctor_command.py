"""``graph-compare doctor``: report what is installed and what is missing."""

from __future__ import annotations

import click

from compare.cli.console import echo
from compare.cli.exit import ExitCode, run_guarded
from compare.cli.options import with_debug
from compare.wording import format_count


@click.command()
@with_debug
def doctor(*, debug: bool) -> None:
    """Report what is installed, what is missing, and what to do about it."""
    run_guarded(print_findings, debug=debug)


def print_findings() -> int:
    """Print every finding with its remedy; return the exit code."""
    from compare.cli.doctor import run_health_checks  # noqa: PLC0415 - heavy

    found = run_health_checks()
    for finding in found:
        mark = "ok  " if finding.is_ok else "warn"
        echo(f"{mark}  {finding.subject}: {finding.state}")
        if finding.fix:
            echo(f"      -> {finding.fix}")
    count = sum(not finding.is_ok for finding in found)
    echo(f"\n{format_count(count, 'warning') if count else 'No warnings'}.")
    return ExitCode.OK
