"""``graph-compare deploy``: exported models, each run in its own process."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from compare.cli.console import echo, make_console, print_message
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.graph import plan_graphs
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug, with_target
from compare.errors import UsageError
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.contract import ExportFormat
    from compare.deploy.rows import Deployment
    from compare.runs.record import Cell, RunRecord


@click.command(cls=JsonCommand)
@click.argument("target", metavar="WORKLOAD|TARGET")
@click.option(
    "-f",
    "--framework",
    "framework_names",
    multiple=True,
    metavar="FRAMEWORK",
    help="Whose models are exported; repeat the option for several. Default: all.",
)
@with_target
@click.option(
    "--launches",
    default=3,
    show_default=True,
    type=click.IntRange(min=0),
    help="How often each runner is started and timed; 0: not timed.",
)
@path_option(
    "--out",
    metavar="DIR",
    help="Keep the exported files in this folder; must not exist yet.",
)
@with_json
@with_debug
def deploy(
    *,
    json_file: Path | None,
    debug: bool,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Export a trained model in every format, run each file in its own process, and
    compare.

    \b
    graph-compare deploy two_layer
    graph-compare deploy cnn -f torch --json deploy.json
    graph-compare deploy net.py:Net --inputs float32:8x16 --out exported

    The model is trained for a few steps. Each file runs in a process of its own: in a
    C++ program that is compiled against the framework's libraries, in ONNX Runtime, or
    in LiteRT. Programs of torch.export run in Python. The outputs are compared with a
    float64 session of the model, by the rule of all agreement checks, also for half a
    batch. If they differ, the first node of the exported graph that differs is named.

    Exit codes: 0: every file that could be written agrees. 1: one disagrees or does not
    run, or cannot be kept in --out. 2: wrong use.
    """  # noqa: D205 - the help of a command starts with one sentence

    def work() -> CommandOutcome:
        return deploy_target(**options)

    run_guarded(work, debug=debug, json_file=json_file)


def deploy_target(
    *,
    target: str,
    framework_names: Sequence[str],
    sizes: Sequence[str],
    inputs: Sequence[str],
    arguments: Sequence[str],
    launches: int,
    out: Path | None,
) -> CommandOutcome:
    """Export, run and compare; print the tables.

    Raises:
        UsageError: a name is unknown, or an option does not fit.
        DataError: a model cannot be read.
    """
    from compare.deploy.run import EXPORT_S, deploy_models  # noqa: PLC0415 - heavy
    from compare.deploy.tables import has_failed, tabulate_deployment  # noqa: PLC0415
    from compare.frameworks import frameworks  # noqa: PLC0415 - heavy
    from compare.pipeline.request import require_expected  # noqa: PLC0415 - heavy
    from compare.report.run.console import show_table  # noqa: PLC0415 - heavy
    from compare.runs.folder import create_new_folder  # noqa: PLC0415 - heavy
    from compare.runs.progress import Reporter  # noqa: PLC0415 - heavy

    for name in framework_names:
        require_expected("--framework", name, expected=tuple(frameworks()))
    record = plan_graphs(target, (), sizes=sizes, inputs=inputs, arguments=arguments)
    record.cells = select_eager_cells(record, framework_names)
    if not record.cells:
        raise UsageError(
            f"-f: expected a framework of {target}; received "
            f"{join_words(framework_names)}"
        )
    formats = [each for cell in record.cells for each in exports_of(cell)]
    if out is not None:
        create_new_folder(out)
    reporter = Reporter(
        console=make_console(stderr=True),
        expected_s=len(formats) * (EXPORT_S + 2.0 * launches),
        record=record,
    )
    with reporter:
        found = deploy_models(record, reporter=reporter, launches=launches, keep_in=out)
    console = make_console()
    for table in tabulate_deployment(found):
        show_table(table, console)
    if out is not None:
        print_kept(found, out)
    has_problem = has_failed(found) or found.not_kept
    return CommandOutcome(
        code=ExitCode.FAILED if has_problem else ExitCode.OK,
        describe=lambda: found,
    )


def print_kept(found: Deployment, folder: Path) -> None:
    """Print where the exported files are, and which could not be written.

    A folder without a file is removed.
    """
    for path, reason in found.not_kept.items():
        print_message(f"--out: cannot write {path}: {reason}")
    kept = sum(bool(row.file) for row in found.rows)
    if kept:
        echo(f"{format_count(kept, 'exported model')}: {folder}")
    else:
        with suppress(OSError):
            folder.rmdir()


def select_eager_cells(record: RunRecord, names: Sequence[str]) -> list[Cell]:
    """Return the cells of the first mode of each framework, or of those named."""
    from compare.frameworks import frameworks  # noqa: PLC0415 - heavy

    return [
        cell
        for cell in record.cells
        if cell.mode == frameworks()[cell.framework].modes[0].name
        and (not names or cell.framework in names)
    ]


def exports_of(cell: Cell) -> Sequence[ExportFormat]:
    """Return the formats of a cell's framework."""
    from compare.frameworks import frameworks  # noqa: PLC0415 - heavy

    return frameworks()[cell.framework].exports
