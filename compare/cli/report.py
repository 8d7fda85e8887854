"""``graph-compare report``: render a run, or a pytest-benchmark file."""

from __future__ import annotations

from pathlib import Path

import click

from compare.cli.console import echo, make_console
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug
from compare.cli.rendering import print_end, report_run
from compare.errors import UsageError


@click.command(cls=JsonCommand)
@click.argument("path", metavar="RUN|FILE", type=click.Path(path_type=Path))
@path_option(
    "--out",
    metavar="DIR",
    help="For a FILE: folder to write its report to; must not exist yet. "
    "Default: reports/NAME-OF-FILE.",
)
@click.option(
    "--baseline",
    metavar="NAME",
    help="For a FILE: the benchmark to which ratios are computed, in every group that "
    "contains it. Default: the first benchmark of each group.",
)
@with_json
@with_debug
def report(
    *,
    path: Path,
    out: Path | None,
    baseline: str | None,
    json_file: Path | None,
    debug: bool,
) -> None:
    """Render the report of a run again, or of a pytest-benchmark file.

    \b
    graph-compare report reports/sample
    graph-compare report benchmarks.json       from pytest --benchmark-json
    graph-compare report benchmarks.json --baseline test_eager
    """

    def work() -> CommandOutcome:
        if path.is_file():
            return report_benchmarks(path, out=out, baseline=baseline)
        _refuse_for_run("--out", out, path=path, reason=RENDERED_IN_PLACE)
        _refuse_for_run("--baseline", baseline, path=path, reason=BASELINE_FIXED)
        return report_folder(path)

    run_guarded(work, debug=debug, json_file=json_file)


RENDERED_IN_PLACE = "The report of a run is written to the folder of the run"
BASELINE_FIXED = (
    "The baseline of a run is fixed when it is measured: it is the first variant of "
    "graph-compare run -v BASELINE -v VARIANT"
)


def report_folder(folder: Path) -> CommandOutcome:
    """Write and print the report of a run again.

    Raises:
        RunError: the run cannot be read, or another process executes it.
    """
    from compare.documents.report import describe_report  # noqa: PLC0415 - heavy
    from compare.pipeline.finish import finish  # noqa: PLC0415 - heavy
    from compare.runs.folder import read_record  # noqa: PLC0415 - heavy
    from compare.runs.lock import lock_folder  # noqa: PLC0415 - heavy

    read_record(folder)  # a folder without a run gets no lock
    with lock_folder(folder):
        run = finish(folder)
        print_end(report_run(run), record=run.record)
    return CommandOutcome(code=ExitCode.OK, describe=lambda: describe_report(run))


def report_benchmarks(
    path: Path, *, out: Path | None, baseline: str | None
) -> CommandOutcome:
    """Write and print the report of a pytest-benchmark file.

    Args:
        path: the file.
        out: the folder to create; ``None`` for one in ``reports`` named after the file.
        baseline: the benchmark to which ratios are computed; ``None`` for the first of
            each group.

    Raises:
        RunError: the file cannot be read or is damaged, or the folder exists.
        UsageError: no benchmark has the name of the baseline.
    """
    from compare.documents.report import describe_benchmarks  # noqa: PLC0415
    from compare.pytest_benchmark.reading import read_benchmarks  # noqa: PLC0415
    from compare.pytest_benchmark.table import write_folder  # noqa: PLC0415
    from compare.report import benchmarks  # noqa: PLC0415
    from compare.runs.folder import unused_folder  # noqa: PLC0415

    file = read_benchmarks(path, baseline=baseline)
    folder = out or unused_folder(Path("reports") / path.stem)
    write_folder(folder, file)
    page = benchmarks.write_benchmark_report(file, folder=folder)
    benchmarks.print_benchmark_report(file, make_console())
    echo(f"Report: {page.resolve().as_uri()}")
    return CommandOutcome(
        code=ExitCode.OK, describe=lambda: describe_benchmarks(file, page=page)
    )


def _refuse_for_run(option: str, received: object, *, path: Path, reason: str) -> None:
    if received is not None:
        raise UsageError(
            f'{option}: expected a pytest-benchmark file as FILE; received "{path}"'
            f", which is not a file. {reason}; leave out {option}"
        )
