"""``graph-compare check``: is a model captured, correct and faster; does it pay off?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from compare.cli.console import print_message
from compare.cli.exit import CommandOutcome, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug, with_pythons
from compare.cli.run import start_record
from compare.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from compare.runs.record import RunRecord


@click.command(cls=JsonCommand)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET [TARGET]")
@click.option(
    "-i",
    "--inputs",
    multiple=True,
    metavar="[NAME=]TYPE:SHAPE",
    help="Type and shape of an input, such as float32:8x3x64x64 or "
    "int64[0,1000):8x128; repeat the option for several. Default: found by trying.",
)
@click.option(
    "--loss",
    default="",
    metavar="[OUTPUT:]LOSS",
    help="mean_square, squared_error, cross_entropy or token_cross_entropy, of the "
    "output with this index or key. Default: mean_square of all outputs.",
)
@click.option(
    "--optimizer",
    default="sgd",
    show_default=True,
    metavar="NAME",
    help="sgd, momentum, adam, adamw, rmsprop or gradient_descent.",
)
@click.option(
    "--learning-rate",
    type=float,
    metavar="RATE",
    help="Default: 1/128; 1/1024 for adam, adamw and rmsprop.",
)
@click.option(
    "--with",
    "arguments",
    multiple=True,
    metavar="NAME=VALUE|REQUIREMENT",
    help="An argument of the model's class or function; repeat the option for several. "
    "Or a version of a framework, such as torch==2.12, as for graph-compare run.",
)
@with_pythons
@click.option(
    "--inference", is_flag=True, help="Check and time the forward pass alone."
)
@click.option(
    "-v",
    "--variant",
    "variants",
    multiple=True,
    metavar="FRAMEWORK/MODE",
    help="Mode to check next to eager; repeat the option for several. Default: all "
    "that graph-compare list does not restrict.",
)
@click.option(
    "--dtype",
    default="float32",
    show_default=True,
    metavar="DTYPE",
    help="float32 or float64. Agreement is always checked in float64 as well.",
)
@click.option(
    "--device", default="cpu", show_default=True, metavar="DEVICE", help="cpu or cuda."
)
@click.option("--threads", default=1, show_default=True, help="Threads of each worker.")
@click.option("--seed", default=0, show_default=True, help="Of parameters and data.")
@click.option(
    "--timed/--not-timed", default=True, show_default=True, help="Measure step times."
)
@click.option("--budget", metavar="TIME", help="Time budget for the measurement.")
@click.option(
    "--time-limit",
    default="180s",
    show_default=True,
    metavar="TIME",
    help="Longest time for one answer of the model: a build, a capture, a few steps.",
)
@path_option(
    "--mapping",
    metavar="FILE",
    help="Which parameters of the second model are which of the first. Default: found "
    "by name, shape and order.",
)
@path_option(
    "--write-mapping",
    metavar="FILE",
    help="Write the mapping that was used; must not exist yet.",
)
@click.option(
    "--fix",
    is_flag=True,
    help="Fix graph breaks mechanically in copies of the model's file, check the "
    "results again, and measure what each fix gains. Your file is not changed.",
)
@path_option("--out", metavar="DIR", help="Folder to write to; must not exist yet.")
@with_json
@with_debug
def check(
    *,
    out: Path | None,
    json_file: Path | None,
    debug: bool,
    write_mapping: Path | None,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Check your own model: is it captured, correct, faster, and does it pay off?

    \b
    graph-compare check net.py:Net
    graph-compare check net.py:Net --inputs float32:8x3x64x64 --with width=64
    graph-compare check torch=net_torch.py:Net tf=net_tf.py:build_net
    graph-compare check torch.nn:LSTM --with input_size=8 --with hidden_size=16
    graph-compare check keras.applications:MobileNetV2 --with weights=None

    TARGET names a class, a function that returns a model, or a model: in a file, or in
    a package. Or it is a folder in the form that graph-compare new writes. Two targets,
    torch=FILE:NAME and tf=FILE:NAME, are compared with each other. Models are imported
    in worker processes only.

    The folder of a check has the card as card.json, the page index.html, all tables of
    a run, and a script for each difference in reproduce/.

    Exit codes: as for run.
    """

    def work() -> CommandOutcome:
        from compare.runs.folder import choose_folder  # noqa: PLC0415 - heavy

        record = plan_check(**options)
        if write_mapping is None:
            return start_record(record, out=out)
        require_pair(record, write_mapping)
        folder = choose_folder(record, out=out)
        try:
            return start_record(record, out=folder)
        finally:
            copy_mapping(folder, record, to=write_mapping)

    run_guarded(work, debug=debug, json_file=json_file)


def plan_check(**options: Any) -> RunRecord:  # noqa: ANN401
    """Return the record of a check: its request and its planned cells."""
    from compare.api import plan_run  # noqa: PLC0415 - heavy
    from compare.pipeline.check import request  # noqa: PLC0415 - heavy

    given = request.CheckOptions(**options)
    return plan_run(request.build_check_request(given, report=print_message))


def require_pair(record: RunRecord, path: Path) -> None:
    """Raise unless the mapping of a record can be written to this file.

    Raises:
        UsageError: there is only one model, or the file exists.
    """
    if len(record.request.workloads[0].config["sources"]) < 2:  # noqa: PLR2004 - a pair
        raise UsageError("--write-mapping: expected two models; received one")
    if path.exists():
        raise UsageError(f"--write-mapping: expected a new file; {path} exists")


def copy_mapping(folder: Path, record: RunRecord, *, to: Path) -> None:
    """Copy the mapping of a run, if its models were matched.

    Raises:
        UsageError: the file cannot be written.
    """
    from compare.pipeline.check.target import mapping_path  # noqa: PLC0415 - heavy

    source = mapping_path(folder, record.request.workloads[0].label)
    if not source.is_file():
        return
    try:
        to.write_bytes(source.read_bytes())
    except OSError as error:
        raise UsageError(f"--write-mapping: cannot write {to}: {error}") from error
