"""The command line: reads a request, prints the answer, alone ends the process.

Everything heavy is imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from compare import __version__
from compare.errors import CompareError, UsageError
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare.runs.folder import Run
    from compare.runs.record import RunRecord

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    context_settings=CONTEXT,
    epilog="Start with: graph-compare doctor, then graph-compare run.",
)
@click.version_option(__version__, prog_name="graph-compare")
def cli() -> None:
    """Should a training step run eagerly or as a graph, in PyTorch or TensorFlow?

    Runs the same training step in every way both frameworks offer, checks that they
    compute the same thing, measures what each costs, and writes a report.
    """


with_debug = click.option("--debug", is_flag=True, help="Show tracebacks.")


def selection(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which cells, shared by ``run`` and ``agree``."""
    options = [
        click.argument("workloads", nargs=-1, metavar="[WORKLOAD]..."),
        click.option(
            "-v",
            "--variant",
            "variants",
            multiple=True,
            metavar="FRAMEWORK/MODE",
            help="Only this variant; repeat for more. The first is the baseline. "
            "Default: all.",
        ),
        click.option(
            "--device",
            "devices",
            multiple=True,
            default=["cpu"],
            show_default=True,
            metavar="DEVICE",
            help="cpu or cuda; agree takes several.",
        ),
        click.option(
            "--dtype",
            "dtypes",
            multiple=True,
            default=["float32"],
            show_default=True,
            metavar="DTYPE",
            help="float64, float32, bfloat16 or float16; agree takes several. "
            "Agreement is proved in float64 besides.",
        ),
        click.option(
            "--suite",
            "suite_name",
            default="quick",
            show_default=True,
            metavar="NAME|FILE",
            help="quick, full, or a .toml file of your own.",
        ),
        click.option(
            "--threads",
            default=1,
            show_default=True,
            help="Threads of each worker, and processors it may use.",
        ),
        click.option(
            "--data",
            metavar="PATH",
            help="Images for cnn: a folder with one folder a class, an .npz with "
            "images and labels, digits, or synthetic. Default: digits.",
        ),
        click.option(
            "--image-size", type=int, metavar="PIXELS", help="Resize images to this."
        ),
        click.option("--seed", default=0, show_default=True, help="Of data and order."),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Where the run is written; must not exist. "
            "Default: reports/DATE-TIME.",
        ),
        with_debug,
    ]
    for option in reversed(options):
        command = option(command)
    return command


@cli.command()
@selection
@click.option(
    "--budget",
    metavar="TIME",
    help="Launch as often as this pays for, such as 90s or 5min, in place of the "
    "suite's number. Counts starting and measuring, not the agreement check.",
)
@click.option(
    "--precision",
    metavar="PERCENT",
    help="Launch until every ratio is known to this, such as 1%, 32 times at most "
    "and within the budget. Intervals are wider for having been looked at.",
)
@click.option(
    "--margin",
    metavar="PERCENT",
    default="1%",
    show_default=True,
    help="Ratios shown to be closer to 1 than this are called equivalent.",
)
@click.option(
    "--profile",
    is_flag=True,
    help="Afterwards, profile a few steps of each variant: traces for Perfetto, and "
    "where the time goes.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Finish this run; its own request applies, all else here is ignored.",
)
def run(
    resume: Path | None,
    **choice: Any,  # noqa: ANN401 - click's options
) -> None:
    """Check agreement, measure, and write a report.

    \b
    graph-compare run                          both workloads, all variants
    graph-compare run cnn --data ~/imagenette2 --image-size 64
    graph-compare run two_layer -v torch/eager -v torch/compile --threads 2
    graph-compare run cnn --budget 10min --precision 0.5%

    Exit code: 0 all requested cells ran and agree; 1 a cell failed or disagrees, or one
    that -v, --device or --dtype asked for cannot run here; 2 wrong use. Variants that
    nobody named and that cannot run here are reported as not run, and leave it at 0.
    """
    guarded(lambda: _run(choice, resume=resume), debug=choice["debug"])


@cli.command()
@selection
def agree(**choice: Any) -> None:  # noqa: ANN401 - click's options
    """Check agreement only: the numbers, without timing.

    \b
    graph-compare agree
    graph-compare agree cnn -v tf/xla --dtype float64

    Exit codes as for run.
    """
    guarded(lambda: _run(choice, timed=False), debug=choice["debug"])


@cli.command()
@click.argument("path", metavar="RUN|FILE", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the run made of a FILE is written; must not exist. "
    "Default: reports/NAME-OF-FILE.",
)
@with_debug
def report(path: Path, out: Path | None, debug: bool) -> None:
    """Render the report of a run again, or that of a pytest-benchmark file.

    \b
    graph-compare report reports/sample
    graph-compare report benchmarks.json       of pytest --benchmark-json
    """

    def render() -> int:
        from compare.pipeline.finish import finish  # noqa: PLC0415

        folder = _made_of(path, out=out)
        _print_run(finish(folder))
        return EXIT_OK

    guarded(render, debug=debug)


@cli.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--pytest-benchmark",
    "as_benchmark",
    is_flag=True,
    help="Write a file for: pytest-benchmark compare FILE.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What to write; must not exist. Default: RUN/pytest-benchmark.json.",
)
@with_debug
def export(folder: Path, as_benchmark: bool, out: Path | None, debug: bool) -> None:
    """Write the step times of a run as a file that other tools read.

    \b
    graph-compare export reports/sample --pytest-benchmark --out sample.json
    pytest-benchmark compare sample.json

    The ratios, their intervals and the verdicts of the run stand in extra_info.
    """
    guarded(lambda: _export(folder, as_benchmark, out=out), debug=debug)


@cli.command()
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--threshold",
    default="2%",
    show_default=True,
    metavar="PERCENT",
    help="A change of step time within this does not count.",
)
@click.option("--all", "show_all", is_flag=True, help="What did not change, too.")
@click.option(
    "--force",
    is_flag=True,
    help="Compare runs of different machines, versions or settings all the same; "
    "every table says so.",
)
@click.option(
    "--absolute",
    is_flag=True,
    help="Judge step times, the drift of the machine between the runs included, "
    "in place of ratios to the baseline.",
)
@with_debug
def diff(debug: bool, **choice: Any) -> None:  # noqa: ANN401 - click's options
    """Say what changed from run A to run B, and by how much.

    \b
    graph-compare diff reports/monday reports/tuesday
    graph-compare diff A B --threshold 5% --all

    Exit code: 0 nothing is worse; 1 something is: a step time beyond the threshold and
    beyond chance, a cell that failed, disagrees, captures nothing or captures again;
    2 wrong use, or two runs that cannot be compared.
    """
    guarded(lambda: _diff(**choice), debug=debug)


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the page is written. Default: DIR/history.html.",
)
@with_debug
def history(folder: Path, out: Path | None, debug: bool) -> None:
    """Show every cell over all runs in a folder, and when it changed.

    \b
    graph-compare history reports
    """
    guarded(lambda: _history(folder, out=out), debug=debug)


@cli.command(name="list")
def list_command() -> None:
    """List workloads and variants, and what can run here."""
    from compare import workloads  # noqa: PLC0415
    from compare.contract import DEVICES  # noqa: PLC0415
    from compare.frameworks import find_missing_requirement, frameworks  # noqa: PLC0415
    from compare.pipeline.suites import BUILT_IN, load_suite  # noqa: PLC0415

    click.echo("Workloads")
    in_suites = {w.name for suite in BUILT_IN for w in load_suite(suite).workload}
    for name in workloads.WORKLOADS:
        where = "" if name in in_suites else " (in a suite file of your own)"
        click.echo(f"  {name:<18} {workloads.summary(name)}{where}")
    click.echo("\nVariants")
    for framework in frameworks().values():
        for mode in framework.modes:
            variant = f"{framework.name}/{mode.name}"
            click.echo(f"  {variant:<18} {mode.summary}")
            where = (
                "" if mode.devices == DEVICES else f"; on {join_words(mode.devices)}"
            )
            kind = f"{mode.family}; captures: {mode.captures}{where}"
            click.echo(f"  {'':<18} {kind}")
            if reason := find_missing_requirement(framework, mode):
                click.echo(f"  {'':<18} cannot run here: {reason}")
    click.echo("\nSuites\n  quick, full, or the path of a .toml file")


@cli.command()
@click.argument("name", required=False)
@click.option(
    "--no-run",
    is_flag=True,
    help="Show the code without running it in both frameworks.",
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Run the whole catalogue and write it as a table.",
)
@with_debug
def quirks(name: str | None, no_run: bool, markdown: Path | None, debug: bool) -> None:
    """List where PyTorch and TensorFlow differ, or show one difference.

    \b
    graph-compare quirks                       the whole catalogue
    graph-compare quirks same_padding          both codes, and how far apart they are
    graph-compare quirks --markdown quirks.md  all of it, measured here
    """
    guarded(lambda: _quirks(name, run_them=not no_run, markdown=markdown), debug=debug)


@cli.command()
@click.argument("name", required=False, metavar="[LESSON|WORKLOAD]")
@click.option(
    "--run",
    "run_them",
    is_flag=True,
    help="Run both programs: do their arrays agree, what does each step take? "
    "Without a name: every lesson.",
)
@click.option(
    "--variants",
    nargs=2,
    metavar="A B",
    help="Of a workload, two_layer where none is named: these two. Default: the first "
    "mode of each framework.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write every lesson as pages that need no server and no network.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="With --html: make the pages of what stands here, such as SITE/results, "
    "and run nothing.",
)
@with_debug
def study(debug: bool, **choice: Any) -> None:  # noqa: ANN401 - click's options
    """Study the two frameworks side by side, lesson by lesson.

    \b
    graph-compare study                        the lessons
    graph-compare study autograd               a pair of programs, step by step
    graph-compare study autograd --run         what they compute, and what it takes
    graph-compare study cnn --variants torch/eager torch/compile-step
    graph-compare study --html site            all of it as pages

    Exit code: 0 all is well; 1 programs that were run disagree or
    failed, or an exercise's answer does not hold; 2 wrong use.
    """
    guarded(lambda: _study(**choice), debug=debug)


@cli.command()
def doctor() -> None:
    """Say what is installed, what is missing, and what to do about it."""
    from compare.cli.doctor import run_health_checks  # noqa: PLC0415

    found = run_health_checks()
    for finding in found:
        mark = "ok  " if finding.is_ok else "look"
        click.echo(f"{mark}  {finding.subject}: {finding.state}")
        if finding.fix:
            click.echo(f"      -> {finding.fix}")
    trouble = sum(not finding.is_ok for finding in found)
    click.echo(f"\n{trouble} to look at." if trouble else "\nNothing to look at.")


def guarded(work: Callable[[], int], *, debug: bool) -> NoReturn:
    """Do the work and end the process: errors as sentences, never as tracebacks."""
    try:
        code = work()
    except CompareError as error:
        if debug:
            raise
        click.echo(f"error: {error}", err=True)
        code = EXIT_USAGE
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        code = EXIT_INTERRUPTED
    except OSError as error:
        if debug:
            raise
        click.echo(f"error: {error}", err=True)
        code = EXIT_FAILED
    except Exception as error:
        if debug:
            raise
        click.echo(
            f"error: {type(error).__name__}: {error}\n"
            "This is a defect of graph-compare, not of what you typed. The same "
            "command with --debug shows where it is.",
            err=True,
        )
        code = EXIT_FAILED
    sys.exit(code)


def _run(
    choice: dict[str, Any], *, resume: Path | None = None, timed: bool = True
) -> int:
    from rich.console import Console  # noqa: PLC0415

    from compare import report as rendering  # noqa: PLC0415
    from compare.pipeline.finish import finish  # noqa: PLC0415
    from compare.pipeline.run import execute, expected_s, require_affordable  # noqa: PLC0415
    from compare.runs.folder import (  # noqa: PLC0415
        create_folder,
        read_record,
        save_record,
        unused_folder,
    )
    from compare.runs.progress import Reporter  # noqa: PLC0415

    if resume is not None:
        folder, record = resume, read_record(resume)
        if record.finished:
            click.echo(f"{folder} is finished: there is nothing to resume.", err=True)
            _print_run(finish(folder))
            return exit_code(record, folder=folder)
    else:
        record = _record(choice, timed=timed)
        require_affordable(record)
        folder = choice["out"] or unused_folder(Path("reports") / record.run_id)
        create_folder(folder, record)
    click.echo(f"Run {folder}: {format_count(len(record.cells), 'cell')}", err=True)
    reporter = Reporter(
        console=Console(stderr=True), expected_s=expected_s(record), record=record
    )
    try:
        with reporter:
            samples = execute(folder, record, reporter=reporter)
            reporter.phase("report")
            run = finish(folder, samples=samples)
            page = rendering.write(run)
    except KeyboardInterrupt:
        click.echo(
            "\nInterrupted. Workers are ended; what is finished is kept. Continue "
            f"with: graph-compare run --resume {folder}",
            err=True,
        )
        return EXIT_INTERRUPTED
    save_record(folder, record)
    _print_run(run, page=page)
    return exit_code(record, folder=folder)


def _made_of(path: Path, *, out: Path | None) -> Path:
    """The run directory at a path, or one just made of the file there."""
    if not path.is_file():
        if out is not None:
            raise UsageError(
                "--out: expected a pytest-benchmark file before it; received "
                f'"{path}". A run is rendered where it is'
            )
        return path
    from compare.pytest_benchmark import reading  # noqa: PLC0415
    from compare.runs.folder import (  # noqa: PLC0415
        unused_folder,
    )

    folder = out or unused_folder(Path("reports") / path.stem)
    reading.write(path, folder=folder)
    return folder


def _export(folder: Path, as_benchmark: bool, *, out: Path | None) -> int:
    if not as_benchmark:
        raise UsageError("export: expected a format: --pytest-benchmark")
    from compare.pytest_benchmark import writing  # noqa: PLC0415

    path = out or folder / "pytest-benchmark.json"
    exported = writing.export(folder, to=path)
    for left_out in exported.left_out:
        click.echo(f"left out: {left_out}", err=True)
    click.echo(f"{format_count(exported.count, 'benchmark')} written to {path}")
    return EXIT_OK


def _diff(
    *,
    before: Path,
    after: Path,
    threshold: str,
    show_all: bool,
    force: bool,
    absolute: bool,
) -> int:
    from rich.console import Console  # noqa: PLC0415

    from compare.history.diff import diff as compare_runs  # noqa: PLC0415
    from compare.pipeline.amounts import share  # noqa: PLC0415
    from compare.report.diff.console import terminal  # noqa: PLC0415
    from compare.runs.folder import load_run  # noqa: PLC0415

    beyond = share("--threshold", threshold, low=0.0, high=1.0)
    runs = (load_run(before), load_run(after))
    found = compare_runs(*runs, threshold=beyond, absolute=absolute, force=force)
    terminal(found, Console(highlight=False), show_all=show_all)
    return EXIT_FAILED if found.regressed else EXIT_OK


def _history(folder: Path, *, out: Path | None) -> int:
    from rich.console import Console  # noqa: PLC0415

    from compare.history.history import read  # noqa: PLC0415
    from compare.report.history.console import terminal  # noqa: PLC0415
    from compare.report.history.page import PAGE, write  # noqa: PLC0415

    page = out or folder / PAGE
    found = read(folder)
    write(found, page)
    console = Console(highlight=False)
    terminal(found, console)
    console.print(f"Page: {page.resolve().as_uri()}", soft_wrap=True)
    return EXIT_OK


def _quirks(name: str | None, *, run_them: bool, markdown: Path | None) -> int:
    from rich.console import Console  # noqa: PLC0415

    from compare.agreement import parity  # noqa: PLC0415
    from compare.machine import machine  # noqa: PLC0415
    from compare.quirks import find_quirk  # noqa: PLC0415
    from compare.study import quirks  # noqa: PLC0415

    console = Console()
    if markdown is not None:
        if not markdown.absolute().parent.is_dir():
            raise UsageError(
                f"--markdown: expected a file in a folder that exists; received "
                f'"{markdown}"'
            )
        entries = parity.sorted_catalogue()
        run = parity.run_catalogue(entries)
        text = quirks.format_markdown(
            entries,
            run.results,
            versions=run.versions,
            machine=machine()["processor"],
        )
        markdown.write_text(text, "utf-8")
        click.echo(
            f"{format_count(len(entries), 'quirk')} written to {markdown}", err=True
        )
    elif name is None:
        quirks.print_catalogue(parity.sorted_catalogue(), console)
    else:
        entry = find_quirk(name.replace("-", "_"))
        quirks.print_quirk(entry, console)
        if run_them:
            click.echo("\nRunning both ...", err=True)
            run = parity.run_catalogue([entry])
            quirks.print_measurement(entry, run.results[entry.name], console)
    return EXIT_OK


def _study(
    *,
    name: str | None,
    run_them: bool,
    variants: tuple[str, str] | None,
    html: Path | None,
    results: Path | None,
) -> int:
    from rich.console import Console  # noqa: PLC0415

    from compare.study import command  # noqa: PLC0415

    console = Console()
    if results is not None and html is None:
        raise UsageError("--results: expected --html DIR beside it")
    if html is not None:
        if name or run_them or variants:
            raise UsageError("--html: expected nothing beside it but --results")
        return command.write_site(html, console=Console(stderr=True), results=results)
    if name is None and variants is None:
        return command.show_overview(console, run_them=run_them)
    return command.show_by_name(name, console, run_it=run_them, variants=variants)


def exit_code(record: RunRecord, *, folder: Path) -> int:
    """0 if all that was asked for ran and agrees, else 1."""
    from compare.runs.record import KEY  # noqa: PLC0415
    from compare.runs.tables import AGREEMENT, read_table  # noqa: PLC0415

    agreement = read_table(folder, AGREEMENT)
    checked = agreement[agreement["check"] != "determinism"]
    statuses = {cell.status for cell in record.cells}
    failed = "failed" in statuses or "ok" not in statuses
    absent = record.request.named and "not run" in statuses
    disagrees = bool((checked["verdict"] == "disagrees").any())
    decided = checked[checked["verdict"] != "undecided"]
    open_ = len(decided[[*KEY]].drop_duplicates()) < len(
        checked[[*KEY]].drop_duplicates()
    )
    return EXIT_FAILED if failed or absent or disagrees or open_ else EXIT_OK


def _record(choice: dict[str, Any], *, timed: bool) -> RunRecord:
    """The request as a new record; every name in it checked.

    Raises:
        UsageError: something unknown or out of range was asked for.
        DataError: a suite file cannot be read.
    """
    from compare.pipeline import plan, request  # noqa: PLC0415
    from compare.runs.record import RunRecord, new_run_id, utc_now  # noqa: PLC0415

    asked = request.read(choice, timed=timed)
    cells = plan.plan(asked)
    return RunRecord(
        run_id=new_run_id(),
        created=utc_now(),
        request=asked,
        baseline=plan.baseline_of(cells),
        cells=cells,
    )


def _print_run(run: Run, *, page: Path | None = None) -> None:
    from rich.console import Console  # noqa: PLC0415

    from compare import report as rendering  # noqa: PLC0415

    page = page or rendering.write(run)
    console = Console()
    rendering.terminal(run, console)
    phases = run.record.phases
    spent = ", ".join(f"{phase.name} {phase.seconds:.1f} s" for phase in phases)
    if spent:
        console.print(f"Time spent: {spent}", highlight=False)
    console.print(f"Report: {page.resolve().as_uri()}", highlight=False, soft_wrap=True)


def main() -> None:
    """Entry point of the ``graph-compare`` command."""
    cli(prog_name="graph-compare")
