"""``graph-compare graph``: what a variant captured, alone or next to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from compare.cli.console import echo, make_console
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug, with_target
from compare.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from compare.contract import CapturedGraph, GraphStage
    from compare.report.graphs.files import File
    from compare.runs.record import RunRecord

PAGE = "index.html"


@click.command(cls=JsonCommand)
@click.argument("target", metavar="WORKLOAD|TARGET")
@click.option(
    "-v",
    "--variant",
    "variants",
    multiple=True,
    required=True,
    metavar="FRAMEWORK/MODE",
    help="Variant whose graphs are shown; repeat the option to compare the first with "
    "each other one.",
)
@click.option(
    "--stage",
    metavar="STAGE",
    help="recorded, captured or optimized: what is compared. Default: the first stage "
    "of each variant, and each variant before and after its optimizer.",
)
@with_target
@click.option(
    "--format",
    "format_name",
    default="html",
    show_default=True,
    metavar="FORMAT",
    help="Of the files in --out: html (drawings and lists), dot (Graphviz), "
    "model-explorer (JSON), or netron (a GraphDef as text, .pbtxt).",
)
@path_option("--out", metavar="DIR", help="Folder to write to; must not exist yet.")
@with_json
@with_debug
def graph(
    *,
    json_file: Path | None,
    debug: bool,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Show the graphs of a training step, as each variant captured and optimized it.

    \b
    graph-compare graph two_layer -v torch/compile
    graph-compare graph two_layer -v torch/compile -v tf/function --out graphs
    graph-compare graph net.py:Net -v torch/trace --format dot --out dot

    Graphs are shown in a form that all frameworks share: common names, edges between
    operations, bodies of loops and branches. With one variant, its graph before and
    after the optimizer is compared; with several, the first with each other one.
    Nodes are matched, fused, folded, or only on one side.

    Exit codes: 0: every variant has a graph that can be shown. 1: a variant has none;
    the first table has the reason. 2: wrong use.
    """

    def work() -> CommandOutcome:
        return show_graphs(**options)

    run_guarded(work, debug=debug, json_file=json_file)


def show_graphs(
    *,
    target: str,
    variants: Sequence[str],
    stage: str | None,
    sizes: Sequence[str],
    inputs: Sequence[str],
    arguments: Sequence[str],
    format_name: str,
    out: Path | None,
) -> CommandOutcome:
    """Print tables of graphs, and write files if a folder is named.

    Raises:
        UsageError: a name is unknown, or the folder exists.
        DataError: a model cannot be read.
    """
    from compare.contract import GraphStage  # noqa: PLC0415 - only for this command
    from compare.documents.graph import describe_graphs  # noqa: PLC0415 - heavy
    from compare.graphs.joining import list_stages  # noqa: PLC0415 - heavy
    from compare.pipeline.request import require_expected  # noqa: PLC0415 - heavy
    from compare.report.graphs.files import Format, list_files  # noqa: PLC0415 - heavy
    from compare.report.graphs.section import collect_shown, list_tables  # noqa: PLC0415
    from compare.report.run.console import show_table  # noqa: PLC0415 - heavy

    chosen_stage = (
        require_expected("--stage", stage, expected=tuple(GraphStage))
        if stage
        else None
    )
    chosen_format = require_expected("--format", format_name, expected=tuple(Format))
    if out is None and chosen_format is not Format.HTML:
        raise UsageError(
            f"--format {chosen_format}: expected a folder to write to; add --out DIR"
        )
    if out is not None and out.exists():
        raise UsageError(f"--out: expected a new folder; {out} exists")
    record = plan_graphs(
        target, variants, sizes=sizes, inputs=inputs, arguments=arguments
    )
    taken = take_graphs_of(record)
    shown, pairs = collect_shown(taken, chosen_stage)
    console = make_console()
    for table in list_tables(taken, pairs):
        show_table(table, console)
    written: list[Path] = []
    if out is not None:
        files = (
            [make_page(taken, target=target, stage=chosen_stage)]
            if chosen_format is Format.HTML
            else list_files(chosen_format, shown, pairs)
        )
        written = write_graph_files(out, files)
    for path in written:
        echo(f"Written: {path}")
    is_complete = all(list_stages(graphs) for graphs in taken.values())
    return CommandOutcome(
        code=ExitCode.OK if is_complete else ExitCode.FAILED,
        describe=lambda: describe_graphs(taken, pairs, target=target, files=written),
    )


def plan_graphs(
    target: str,
    variants: Sequence[str],
    *,
    sizes: Sequence[str],
    inputs: Sequence[str],
    arguments: Sequence[str],
) -> RunRecord:
    """Return the record of a run of one workload or model; it is not written.

    Without variants it has all of them.

    Raises:
        UsageError: a name is unknown, or an option does not fit.
        DataError: a model cannot be read.
    """
    from compare.api import plan_run  # noqa: PLC0415 - heavy
    from compare.pipeline.check.request import (  # noqa: PLC0415 - heavy
        CheckOptions,
        build_check_request,
    )
    from compare.pipeline.request import RunOptions, build_request  # noqa: PLC0415

    if ":" in target:
        require_none("--set", sizes, instead="--with, or --inputs")
        check = CheckOptions(
            targets=(target,),
            inputs=tuple(inputs),
            arguments=tuple(arguments),
            variants=tuple(variants),
            timed=False,
        )
        record = plan_run(build_check_request(check))
        # A check always has an eager variant, which its others are compared with.
        if variants:
            record.cells = [cell for cell in record.cells if cell.variant in variants]
        return record
    require_none("--inputs", inputs, instead="--set")
    require_none("--with", arguments, instead="--set")
    options = RunOptions(
        workloads=(target,), variants=tuple(variants), sizes=tuple(sizes)
    )
    return plan_run(build_request(options, timed=False))


def require_none(option: str, received: Sequence[str], *, instead: str) -> None:
    """Raise if an option was used that only the other kind of target has.

    Raises:
        UsageError: it was used.
    """
    if received:
        raise UsageError(
            f"{option}: expected a target that has it; received {received[0]!r}. "
            f"Use {instead}"
        )


def take_graphs_of(record: RunRecord) -> dict[str, list[CapturedGraph]]:
    """Return variant -> its graphs, with a progress display."""
    from compare.pipeline.variant_graphs import (  # noqa: PLC0415 - heavy
        SECONDS,
        take_variant_graphs,
    )
    from compare.runs.progress import Reporter  # noqa: PLC0415 - heavy

    reporter = Reporter(
        console=make_console(stderr=True),
        expected_s=SECONDS * len(record.cells),
        record=record,
    )
    with reporter:
        return take_variant_graphs(record, reporter=reporter)


def make_page(
    taken: Mapping[str, Sequence[CapturedGraph]],
    *,
    target: str,
    stage: GraphStage | None,
) -> File:
    """Return the page with drawings, lists and tables."""
    from compare.report.graphs.files import File  # noqa: PLC0415 - heavy
    from compare.report.graphs.page import render_graphs  # noqa: PLC0415 - heavy

    return File(name=PAGE, text=render_graphs(taken, workload=target, stage=stage))


def write_graph_files(folder: Path, files: Sequence[File]) -> list[Path]:
    """Write files to a new folder; return their paths.

    Raises:
        UsageError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True)
        for file in files:
            (folder / file.name).write_text(file.text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out: cannot write {folder}: {error}") from error
    return [folder / file.name for file in files]
