"""Print and write the report of a run, for the commands that end with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.cli.console import echo, make_console

if TYPE_CHECKING:
    from pathlib import Path

    from compare.runs.folder import Run
    from compare.runs.record import RunRecord


def report_run(run: Run) -> Path:
    """Print the tables of a run, then draw its charts and write its report.

    A failure of the terminal does not prevent the files. Messages about missing charts
    are printed.

    Returns:
        The path of the page.
    """
    from compare import report  # noqa: PLC0415 - heavy

    rendered = report.render(run)
    try:
        report.show(rendered, make_console())
    except Exception:
        report.write(rendered)
        raise
    return report.write(rendered, on_missing=print_warning)


def write_interim_report(run: Run) -> None:
    """Write the report of a run that goes on, without charts.

    Raises:
        StorageError: a file cannot be written.
    """
    from compare import report  # noqa: PLC0415 - heavy

    report.write(report.render(run, is_interim=True))


def print_warning(sentence: str) -> None:
    """Print a sentence to standard error."""
    make_console(stderr=True).print(sentence, style="yellow")


def print_end(page: Path, *, record: RunRecord) -> None:
    """Print the duration of each phase of a run, and the address of its page."""
    phases = [f"{phase.name} {phase.seconds:.1f} s" for phase in record.phases]
    if phases:
        echo(f"Time spent: {', '.join(phases)}")
    echo(f"Report: {page.resolve().as_uri()}")
