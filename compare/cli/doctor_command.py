"""``graph-compare doctor``: report what is installed and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compare.cli.console import echo
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import with_debug
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.cli.doctor import HealthCheck
    from compare.documents.doctor import DoctorDocument


@click.command(cls=JsonCommand)
@with_json
@with_debug
def doctor(*, json_file: Path | None, debug: bool) -> None:
    """Report what is installed, what is missing, and what to do about it."""
    run_guarded(print_findings, debug=debug, json_file=json_file)


def print_findings() -> CommandOutcome:
    """Print and return every finding with its remedy."""
    from compare.cli.doctor import run_health_checks  # noqa: PLC0415 - heavy

    found = run_health_checks()
    for finding in found:
        mark = "ok  " if finding.is_ok else "warn"
        echo(f"{mark}  {finding.subject}: {finding.state}")
        if finding.fix:
            echo(f"      -> {finding.fix}")
    count = sum(not finding.is_ok for finding in found)
    echo(f"\n{format_count(count, 'warning') if count else 'No warnings'}.")
    return CommandOutcome(code=ExitCode.OK, describe=lambda: describe_health(found))


def describe_health(found: Sequence[HealthCheck]) -> DoctorDocument:
    """Return every finding as a document."""
    from compare.documents.doctor import (  # noqa: PLC0415 - heavy
        CheckedSubject,
        DoctorDocument,
    )

    checks = [
        CheckedSubject(
            subject=each.subject, state=each.state, fix=each.fix, is_ok=each.is_ok
        )
        for each in found
    ]
    return DoctorDocument(checks=checks, warnings=sum(not e.is_ok for e in found))
