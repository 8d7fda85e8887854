"""``graph-compare study``: lessons in both frameworks, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from compare.cli.console import make_console
from compare.cli.exit import run_guarded
from compare.cli.extras import require_extra
from compare.cli.options import with_debug
from compare.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """The options of ``study``."""

    name: str | None
    run_them: bool
    variants: tuple[str, str] | None
    html: Path | None
    results: Path | None


@click.command()
@click.argument("name", required=False, metavar="[LESSON|WORKLOAD]")
@click.option(
    "--run",
    "run_them",
    is_flag=True,
    help="Run both programs; report whether their arrays agree and how long each step "
    "takes. Without a name: run every lesson.",
)
@click.option(
    "--variants",
    nargs=2,
    metavar="A B",
    help="For a workload: the two variants to show. Default: the first mode of each "
    "framework. Without a workload: two_layer.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write every lesson as HTML pages that need no server and no network.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="With --html: use the results in this folder, e.g. SITE/results, instead of "
    "running the lessons.",
)
@with_debug
def study(*, debug: bool, **options: Any) -> None:  # noqa: ANN401 - click's options
    """Study the two frameworks side by side, lesson by lesson.

    \b
    graph-compare study                        list the lessons
    graph-compare study autograd               two programs, step by step
    graph-compare study autograd --run         their results and step times
    graph-compare study cnn --variants torch/eager torch/compile-step
    graph-compare study --html site            every lesson as HTML pages

    Exit codes: 0: every program that ran agrees. 1: programs disagree or failed, or
    the answer to an exercise is wrong. 2: wrong use.
    """
    run_guarded(lambda: show_lessons(StudyOptions(**options)), debug=debug)


def show_lessons(options: StudyOptions) -> int:
    """Print the list of lessons, one lesson or a workload, or write the pages.

    Returns:
        The exit code.

    Raises:
        UsageError: a name is unknown, or options contradict each other.
    """
    from compare.study import command  # noqa: PLC0415 - heavy

    if options.results is not None and options.html is None:
        raise UsageError(
            "--results: expected together with --html DIR; received without it"
        )
    if options.html is not None:
        if options.name or options.run_them or options.variants:
            raise UsageError(
                "--html: expected no other argument except --results, because it "
                "writes all lessons; remove the others"
            )
        require_extra("charts", command="study --html")
        return command.write_site(
            options.html, console=make_console(stderr=True), results=options.results
        )
    console = make_console()
    if options.name is None and options.variants is None:
        return command.show_overview(console, run_them=options.run_them)
    return command.show_by_name(
        options.name, console, run_it=options.run_them, variants=options.variants
    )
