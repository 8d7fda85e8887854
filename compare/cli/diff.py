"""``graph-compare diff``: report what changed from one run to another."""

from __future__ import annotations

from pathlib import Path

import click

from compare.cli.console import make_console
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import with_debug


@click.command(cls=JsonCommand)
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--threshold",
    default="2%",
    show_default=True,
    metavar="PERCENT",
    help="Ignore changes of step time up to this size.",
)
@click.option("--all", "show_all", is_flag=True, help="Also show unchanged cells.")
@click.option(
    "--force",
    is_flag=True,
    help="Compare runs even if their machines, versions or settings differ; every "
    "table then names the difference.",
)
@click.option(
    "--absolute",
    is_flag=True,
    help="Compare step times instead of ratios to the baseline. This includes the "
    "drift of the machine between the runs.",
)
@with_json
@with_debug
def diff(
    *,
    before: Path,
    after: Path,
    threshold: str,
    show_all: bool,
    force: bool,
    absolute: bool,
    json_file: Path | None,
    debug: bool,
) -> None:
    """Report what changed from run A to run B, and by how much.

    \b
    graph-compare diff reports/monday reports/tuesday
    graph-compare diff A B --threshold 5% --all

    Exit codes: 0: nothing got worse. 1: something got worse: a step time increased by
    more than the threshold and more than noise explains, or a cell failed, disagrees,
    no longer captures a graph or captures it repeatedly. 2: wrong use, or the runs
    cannot be compared.
    """

    def work() -> CommandOutcome:
        from compare.documents.diff import describe_diff  # noqa: PLC0415 - heavy
        from compare.history.diff import compare_runs  # noqa: PLC0415 - heavy
        from compare.pipeline.amounts import parse_percentage  # noqa: PLC0415 - heavy
        from compare.report.diff.console import print_diff  # noqa: PLC0415 - heavy
        from compare.runs.folder import load_run  # noqa: PLC0415 - heavy

        smallest = parse_percentage("--threshold", threshold, low=0.0, high=1.0)
        found = compare_runs(
            load_run(before),
            load_run(after),
            threshold=smallest,
            absolute=absolute,
            force=force,
        )
        print_diff(found, make_console(), show_all=show_all)
        return CommandOutcome(
            code=ExitCode.FAILED if found.has_regression else ExitCode.OK,
            describe=lambda: describe_diff(found),
        )

    run_guarded(work, debug=debug, json_file=json_file)
