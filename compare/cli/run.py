"""``graph-compare run``: check agreement, measure, and write a report."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from compare.cli.console import make_console, print_message
from compare.cli.exit import (
    CommandOutcome,
    ExitCode,
    report_interrupt,
    run_guarded,
)
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug, with_selection
from compare.cli.rendering import print_end, report_run, write_interim_report
from compare.cli.signals import SignalInterrupt
from compare.errors import CompareError, StorageError
from compare.wording import format_count

if TYPE_CHECKING:
    from pathlib import Path

    from compare.pipeline.request import RunOptions
    from compare.runs.folder import Run
    from compare.runs.record import RunRecord


@click.command(cls=JsonCommand)
@with_selection
@click.option(
    "--budget",
    metavar="TIME",
    help="Time budget for the measurement, e.g. 90s or 5min. Replaces the suite's "
    "number of launches. Includes starting workers, not the agreement check.",
)
@click.option(
    "--precision",
    metavar="PERCENT",
    help="Stop when every ratio is known to this precision, e.g. 1%, after at most 32 "
    "launches and within the budget. Intervals are corrected for interim looks.",
)
@click.option(
    "--margin",
    metavar="PERCENT",
    default="1%",
    show_default=True,
    help="Equivalence margin: a ratio proven to be closer to 1 than this is reported "
    "as equivalent.",
)
@click.option(
    "--profile",
    is_flag=True,
    help="After the measurement, profile a few steps of each variant: write traces for "
    "Perfetto and report where the time goes.",
)
@click.option(
    "--graphs",
    is_flag=True,
    help="After the measurement, take the graphs of each variant, before and after its "
    "framework's optimizer, and show them in the report.",
)
@path_option(
    "--resume",
    metavar="DIR",
    help="Finish an interrupted run with the request it started with. Every other "
    "option except --debug and --json is ignored.",
)
@with_json
@with_debug
def run(
    *,
    resume: Path | None,
    out: Path | None,
    json_file: Path | None,
    debug: bool,
    **options: Any,  # noqa: ANN401 - click's options
) -> None:
    """Check agreement, measure, and write a report.

    \b
    graph-compare run                          both workloads, all variants
    graph-compare run cnn --data ~/imagenette2 --image-size 64
    graph-compare run two_layer -v torch/eager -v torch/compile --threads 2
    graph-compare run cnn --budget 10min --precision 0.5%

    Exit codes: 0: all requested cells ran, agree, and capture what their modes declare.
    1: a cell failed, disagrees, or does not capture or compile what its mode declares,
    or a cell selected with -v, --device or --dtype cannot run on this machine. 2: wrong
    use. 3: as 0, but the requested --precision was not reached. Variants that were not
    selected by name and cannot run on this machine are reported as not run; they do not
    change the exit code.
    """

    def work() -> CommandOutcome:
        if resume is not None:
            return resume_run(resume)
        from compare.pipeline.request import RunOptions  # noqa: PLC0415 - heavy

        return start_run(RunOptions(**options), out=out, timed=True)

    run_guarded(work, debug=debug, json_file=json_file)


def start_run(options: RunOptions, *, out: Path | None, timed: bool) -> CommandOutcome:
    """Create a run folder, execute the run, print its report.

    Args:
        options: what the user chose; every name and number in it is checked first.
        out: the run folder; ``None`` for a new one in ``reports``.
        timed: measure steps after the agreement check.

    Returns:
        The exit code and the results.

    Raises:
        UsageError: an option is unknown or out of range.
        DataError: the suite file cannot be read.
        RunError: the run folder exists or cannot be created.
    """
    return start_record(new_record(options, timed=timed), out=out)


def start_record(record: RunRecord, *, out: Path | None) -> CommandOutcome:
    """Create the folder of a new run, execute the run, print its report.

    Args:
        record: of the run, as planned.
        out: the run folder; ``None`` for a new one in ``reports``.

    Returns:
        The exit code and the results.

    Raises:
        UsageError: the time budget is too small.
        RunError: the run folder exists or cannot be created.
    """
    from compare.pipeline.estimate import require_affordable  # noqa: PLC0415 - heavy
    from compare.runs.folder import (  # noqa: PLC0415
        choose_folder,
        create_folder,
    )
    from compare.runs.lock import lock_folder  # noqa: PLC0415 - heavy

    require_affordable(record)
    folder = choose_folder(record, out=out)
    create_folder(folder, record)
    with lock_folder(folder):
        return execute_run(folder, record)


def new_record(options: RunOptions, *, timed: bool) -> RunRecord:
    """Return the record of a new run: the request and its planned cells."""
    from compare.api import plan_run  # noqa: PLC0415 - heavy
    from compare.pipeline.request import build_request  # noqa: PLC0415 - heavy

    return plan_run(build_request(options, timed=timed, report=print_message))


def resume_run(folder: Path) -> CommandOutcome:
    """Execute what an interrupted run has not finished yet; return its outcome.

    Raises:
        RunError: there is no run in the folder, it is damaged, or another process
            executes it.
    """
    from compare.pipeline.finish import finish  # noqa: PLC0415 - heavy
    from compare.runs.folder import read_record  # noqa: PLC0415 - heavy
    from compare.runs.lock import lock_folder  # noqa: PLC0415 - heavy

    read_record(folder)  # a folder without a run gets no lock
    with lock_folder(folder):
        record = read_record(folder)
        if not record.finished:
            return execute_run(folder, record)
        print_message(f"The run {folder} is finished; nothing to resume.")
        run = finish(folder, record=record)
        print_end(report_run(run), record=record)
        return conclude_run(run)


def execute_run(folder: Path, record: RunRecord) -> CommandOutcome:
    """Execute a run with a progress display, then print its report.

    Returns:
        The exit code and the results.

    Raises:
        StorageError: a file cannot be written. Finished results are kept.
    """
    resume = f"graph-compare run --resume {quote(str(folder))}"
    print_message(f"Run {folder}: {format_count(len(record.cells), 'cell')}")
    try:
        run, page = produce_run(folder, record)
    except KeyboardInterrupt as interrupt:
        if not isinstance(interrupt, SignalInterrupt):  # Ctrl-C: someone is waiting
            report_so_far(folder)
        return report_interrupt(
            interrupt,
            "\nInterrupted. All workers were stopped; finished results are kept. "
            f"Continue with: {resume}",
        )
    except BrokenPipeError:  # the reader of the output has ended; the run is complete
        raise
    except (OSError, StorageError) as error:
        raise StorageError(
            f"{error}. The run was stopped; finished results are kept. Make room or "
            f"correct the permissions, then continue with: {resume}"
        ) from error
    print_end(page, record=record)
    return conclude_run(run)


def conclude_run(run: Run) -> CommandOutcome:
    """Return the exit code and the results of a run."""

    def describe() -> object:
        from compare.documents.run import describe_run  # noqa: PLC0415 - heavy

        return describe_run(run)

    return CommandOutcome(code=exit_code_of(run), describe=describe)


def report_so_far(folder: Path) -> None:
    """Print the tables of an interrupted run, and write its report.

    A failure changes nothing: the run can be resumed without it. A second Ctrl-C leaves
    the report out.
    """
    from compare.pipeline.finish import finish  # noqa: PLC0415 - heavy

    print_message("\nInterrupted. The results so far (Ctrl-C leaves them out):")
    try:
        run = finish(folder)
        if run.agreement.empty:
            print_message("No check is finished yet.")
        else:
            print_end(report_run(run), record=run.record)
    except (CompareError, StorageError, OSError) as error:
        print_message(f"No report of the results so far: {error}")
    except KeyboardInterrupt:
        print_message("No report of the results so far.")


def produce_run(folder: Path, record: RunRecord) -> tuple[Run, Path]:
    """Execute a run with a progress display, and write its report."""
    from compare.api import produce  # noqa: PLC0415 - heavy
    from compare.runs.store import save_record  # noqa: PLC0415 - heavy

    run, reporter = produce(
        folder,
        record,
        console=make_console(stderr=True),
        after_launch=write_interim_report,
    )
    reporter.phase("report")  # without the bar, which would cover the tables
    page = report_run(run)
    reporter.phase("")
    save_record(folder, record)  # with the duration of the last phase
    return run, page


def exit_code_of(run: Run) -> ExitCode:
    """Return OK if every requested cell ran, agrees and captured what it declares.

    The requested precision is considered last.
    """
    from compare.results.joining import group_cells  # noqa: PLC0415 - heavy
    from compare.results.requested_precision import (  # noqa: PLC0415 - heavy
        find_shortfalls,
    )
    from compare.runs.record import KEY  # noqa: PLC0415 - heavy
    from compare.runs.words import (  # noqa: PLC0415 - heavy
        Against,
        Check,
        Status,
        Verdict,
    )

    statuses = {cell.status for cell in run.record.cells}
    failed = Status.FAILED in statuses or Status.OK not in statuses
    # By default every variant is requested, whether or not it can run here.
    missing = run.record.request.named and Status.NOT_RUN in statuses
    checks = run.agreement[run.agreement["check"] != Check.DETERMINISM]
    disagrees = bool((checks["verdict"] == Verdict.DISAGREES).any())
    # A cell whose every check is undecided was not shown to agree.
    of_reference = checks["against"] == Against.REFERENCE
    decided = checks[of_reference & (checks["verdict"] != Verdict.UNDECIDED)]
    cells_checked, cells_decided = (
        len(rows[[*KEY]].drop_duplicates()) for rows in (checks, decided)
    )
    undecided = cells_decided < cells_checked
    undeclared = any(cell.capture_verdict.is_problem for cell in run.record.cells)
    # A user's model on other batch sizes.
    sizes = [size for each in run.record.examined for size in each.sizes]
    wrong_sizes = any(size.agrees is False for size in sizes)
    if failed or missing or disagrees or undecided or undeclared or wrong_sizes:
        return ExitCode.FAILED
    # Cells are joined only if a precision was requested.
    is_asked = run.record.request.precision is not None
    if is_asked and find_shortfalls(run.record, group_cells(run)):
        return ExitCode.IMPRECISE
    return ExitCode.OK
