"""``graph-compare export``: write step times in the format of another tool."""

from __future__ import annotations

from pathlib import Path

import click

from compare.cli.console import echo, print_message
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug
from compare.errors import UsageError
from compare.wording import format_count


@click.command(cls=JsonCommand)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--pytest-benchmark",
    is_flag=True,
    help="Write a file for: pytest-benchmark compare FILE.",
)
@path_option(
    "--out",
    metavar="FILE",
    help="File to write; must not exist yet. Default: RUN/pytest-benchmark.json.",
)
@with_json
@with_debug
def export(
    *,
    folder: Path,
    pytest_benchmark: bool,
    out: Path | None,
    json_file: Path | None,
    debug: bool,
) -> None:
    """Write the step times of a run to a file that other tools can read.

    \b
    graph-compare export reports/sample --pytest-benchmark --out sample.json
    pytest-benchmark compare sample.json

    extra_info in the file contains the ratios, intervals and verdicts of the run.
    """

    def work() -> CommandOutcome:
        if not pytest_benchmark:
            raise UsageError(
                "export: expected an output format; received none. "
                "Add --pytest-benchmark"
            )
        return export_benchmarks(folder, to=out or folder / "pytest-benchmark.json")

    run_guarded(work, debug=debug, json_file=json_file)


def export_benchmarks(folder: Path, *, to: Path) -> CommandOutcome:
    """Write a pytest-benchmark file and report what it leaves out.

    Raises:
        RunError: the run cannot be read, or the file exists.
    """
    from compare.documents.export import describe_export  # noqa: PLC0415 - heavy
    from compare.pytest_benchmark.writing import export_run  # noqa: PLC0415 - heavy

    exported = export_run(folder, to=to)
    for left_out in exported.left_out:
        print_message(f"left out: {left_out}")
    echo(f"{format_count(exported.count, 'benchmark')} written to {to}")
    return CommandOutcome(
        code=ExitCode.OK, describe=lambda: describe_export(exported, file=to)
    )
