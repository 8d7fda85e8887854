"""``graph-compare bisect``: which released version changed what a variant does."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from compare.cli.console import echo, make_console, print_message
from compare.cli.exit import (
    CommandOutcome,
    ExitCode,
    report_interrupt,
    run_guarded,
)
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug, with_target
from compare.errors import UsageError

if TYPE_CHECKING:
    from compare.bisect.record import Asked, Bisection


@click.command(cls=JsonCommand)
@click.argument("package", required=False)
@click.argument("versions", required=False, metavar="FIRST..LAST")
@click.argument("subject", default="two_layer", metavar="[WORKLOAD|TARGET]")
@click.option(
    "--until",
    default="slower",
    show_default=True,
    metavar="CHANGE",
    help="slower, disagrees, breaks or retraces: what the version is to have changed.",
)
@click.option(
    "-v",
    "--variant",
    default="",
    metavar="FRAMEWORK/MODE",
    help="Variant to measure. Default: one of the package's framework that captures "
    "whole training steps.",
)
@click.option(
    "--budget",
    default="2min",
    show_default=True,
    metavar="TIME",
    help="Longest measurement of one version, for --until slower.",
)
@with_target
@path_option("--out", metavar="DIR", help="Folder to write to; must not exist yet.")
@path_option("--resume", metavar="DIR", help="Continue an interrupted bisection.")
@with_json
@with_debug
def bisect(
    *,
    debug: bool,
    resume: Path | None,
    json_file: Path | None,
    **options: Any,  # noqa: ANN401 - click's
) -> None:
    """Find the released version of a package that changed what a variant does.

    \b
    graph-compare bisect tensorflow-cpu 2.17..2.21 --until slower
    graph-compare bisect jax 0.6..0.10 cnn --until retraces
    graph-compare bisect keras 3.10..3.15 net.py:Net -v tf/function --until breaks

    Each version is installed into an environment of its own, which is kept, and
    measured together with the oldest one in one run. FIRST and LAST may be the start of
    a version. A package that contains no framework is added to the packages of this
    interpreter. The search halves the range each time. A version that cannot be
    installed, or of which the measurement decides nothing, is replaced by a neighbour.

    Exit codes: 0: the version was found, or the newest one changed nothing. 1: not
    decided. 2: wrong use.
    """

    def work() -> CommandOutcome:
        if resume is not None:
            return search_version(resume)
        return search_version(start_bisection(**options))

    run_guarded(work, debug=debug, json_file=json_file)


def start_bisection(*, out: Path | None, **options: Any) -> Path:  # noqa: ANN401 - click's
    """Create the folder of a new bisection, and return it.

    Raises:
        CompareError: an option is wrong, or there are no such versions.
    """
    from compare.bisect.record import Bisection, save_bisection  # noqa: PLC0415 - heavy
    from compare.runs.folder import create_new_folder, unused_folder  # noqa: PLC0415
    from compare.runs.record import new_run_id  # noqa: PLC0415 - heavy

    asked = ask(**options)
    folder = out or unused_folder(Path("reports") / f"bisect-{new_run_id()}")
    create_new_folder(folder)
    save_bisection(folder, Bisection(asked=asked))
    return folder


def ask(
    *,
    package: str | None,
    versions: str | None,
    subject: str,
    until: str,
    variant: str,
    budget: str,
    sizes: tuple[str, ...],
    inputs: tuple[str, ...],
    arguments: tuple[str, ...],
) -> Asked:
    """Return what the options ask for.

    Raises:
        CompareError: one is wrong, or there are no such versions.
    """
    from compare.bisect.criteria import Until  # noqa: PLC0415 - heavy
    from compare.bisect.record import Asked  # noqa: PLC0415 - heavy
    from compare.bisect.run import choose_variant, require_measurable  # noqa: PLC0415
    from compare.bisect.versions import (  # noqa: PLC0415 - heavy
        list_versions,
        parse_range,
        select_range,
    )
    from compare.pipeline.request import require_expected  # noqa: PLC0415 - heavy

    if package is None or versions is None:
        raise UsageError(
            "bisect: expected a package and two of its versions, such as "
            "tensorflow-cpu 2.17..2.21"
        )
    first, last = parse_range(versions)
    asked = Asked(
        package=package,
        versions=[],
        until=require_expected("--until", until, expected=tuple(Until)),
        subject=subject,
        variant=choose_variant(package, subject, variant),
        budget=budget,
        sizes=list(sizes),
        inputs=list(inputs),
        arguments=list(arguments),
    )
    require_measurable(asked)
    asked.versions = select_range(list_versions(package), first=first, last=last)
    return asked


def search_version(folder: Path) -> CommandOutcome:
    """Search until the version is found; print and return the result.

    Raises:
        CompareError: the folder has no bisection, or a version cannot be measured.
    """
    from compare.bisect.record import read_bisection  # noqa: PLC0415 - heavy
    from compare.bisect.run import measure_versions  # noqa: PLC0415 - heavy
    from compare.bisect.tables import conclude  # noqa: PLC0415 - heavy
    from compare.documents.bisect import describe_bisection  # noqa: PLC0415 - heavy
    from compare.runs.lock import lock_folder  # noqa: PLC0415 - heavy

    bisection = read_bisection(folder)
    asked = bisection.asked
    print_message(
        f"Bisection {folder}: {len(asked.versions)} versions of {asked.package}, "
        f"{asked.versions[0]} to {asked.versions[-1]}, until {asked.until}"
    )
    try:
        with lock_folder(folder):
            measure_versions(folder, bisection, report=print_message)
    except KeyboardInterrupt as interrupt:
        again = f"graph-compare bisect --resume {quote(str(folder))}"
        return report_interrupt(
            interrupt,
            f"\nInterrupted. What was measured is kept. Continue with: {again}",
        )
    show_measured(bisection)
    echo(conclude(bisection))
    echo(f"Runs: {folder}")
    return CommandOutcome(
        code=ExitCode.OK if bisection.is_decided else ExitCode.FAILED,
        describe=lambda: describe_bisection(bisection, folder=folder),
    )


def show_measured(bisection: Bisection) -> None:
    """Print one row per version that was measured, oldest first."""
    from compare.bisect.tables import tabulate_measured  # noqa: PLC0415 - heavy
    from compare.report.run.console import show_table  # noqa: PLC0415 - heavy

    show_table(tabulate_measured(bisection), make_console())
