"""``graph-compare study``: lessons in every framework, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compare.cli.console import make_console
from compare.cli.exit import CommandOutcome, ExitCode, as_outcome, run_guarded
from compare.cli.extras import require_extra
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import with_debug
from compare.errors import UsageError
from compare.study.blanks import ExerciseKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.documents.study import StudyDocument
    from compare.study.command import Receive
    from compare.study.results import LessonResults


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """The options of ``study``."""

    name: str | None
    run_them: bool
    variants: tuple[str, str] | None
    html: Path | None
    results: Path | None
    check: Path | None
    translations: bool
    exercise: ExerciseKind | None
    framework: str | None


@click.command(cls=JsonCommand)
@click.argument("name", required=False, metavar="[LESSON|WORKLOAD]")
@click.option(
    "--run",
    "run_them",
    is_flag=True,
    help="Run the programs; report whether their arrays agree and how long each step "
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
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With a lesson: run your own program of it, and compare what its function "
    "`main` returns with the lesson's arrays.",
)
@click.option(
    "--translations",
    is_flag=True,
    help="List the texts of lessons that are not translated, or no longer fit their "
    "English source.",
)
@click.option(
    "--exercise",
    type=click.Choice(ExerciseKind, case_sensitive=False),
    help="With a lesson: print the program that an exercise begins with. repair: with "
    "a mistake to find. write: without one step.",
)
@click.option(
    "--framework",
    metavar="NAME",
    help="With --exercise: the framework of the program, torch or tf.",
)
@with_json
@with_debug
def study(
    *,
    json_file: Path | None,
    debug: bool,
    **options: Any,  # noqa: ANN401 - click's options
) -> None:
    """Study the two frameworks side by side, lesson by lesson.

    \b
    graph-compare study                        list the lessons
    graph-compare study autograd               two programs, step by step
    graph-compare study autograd --run         their results and step times
    graph-compare study cnn --variants torch/eager torch/compile-step
    graph-compare study --html site            every lesson as HTML pages
    graph-compare study autograd --exercise write --framework torch > my.py
    graph-compare study autograd --check my.py

    Exit codes: 0: every program that ran agrees. 1: programs disagree or failed, or
    the answer to an exercise is wrong; with --check, an array of your program is
    wrong. 2: wrong use.
    """
    given = StudyOptions(**options)

    def work() -> int | CommandOutcome:
        if json_file is None:
            return show_lessons(given)
        return show_for_program(given)

    run_guarded(work, debug=debug, json_file=json_file)


def show_for_program(options: StudyOptions) -> CommandOutcome:
    """Print what `show_lessons` does, and return it also as a document.

    Raises:
        UsageError: an option has no result for programs, or the lesson is unknown.
    """
    from compare.documents.study import describe_lessons  # noqa: PLC0415 - heavy
    from compare.study.lesson import load_lesson  # noqa: PLC0415 - heavy

    if options.variants or options.html or options.translations or options.exercise:
        raise UsageError(
            "--json: expected study alone, with a LESSON, --run or --check; received "
            "--variants, --html, --translations or --exercise, which have no result "
            "for programs"
        )
    names = None
    if options.name is not None:
        names = [load_lesson(options.name.replace("-", "_").lower()).name]
    documents: list[StudyDocument] = []

    def receive(names: Sequence[str], results: LessonResults) -> None:
        documents.append(describe_lessons(names, results))

    outcome = as_outcome(show_lessons(options, receive=receive))
    if outcome.describe is not None:  # a reader's program
        return outcome
    return CommandOutcome(
        code=outcome.code,
        describe=lambda: documents[0] if documents else describe_lessons(names),
    )


def show_lessons(
    options: StudyOptions, *, receive: Receive | None = None
) -> int | CommandOutcome:
    """Print the list of lessons, one lesson or a workload, or write the pages.

    Args:
        options: what the user chose.
        receive: called with the results of lessons that were run.

    Returns:
        The exit code; of a reader's program also how it compares.

    Raises:
        UsageError: a name is unknown, or options contradict each other.
    """
    from compare.study import command  # noqa: PLC0415 - heavy

    if options.results is not None and options.html is None:
        raise UsageError(
            "--results: expected together with --html DIR; received without it"
        )
    if options.translations:
        if options.name or options.run_them or options.html or options.check:
            raise UsageError("--translations: expected no other argument; remove it")
        return command.show_translations(make_console())
    if options.check is not None or options.exercise or options.framework:
        return _do_exercise(options)
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
        return command.show_overview(
            console, run_them=options.run_them, receive=receive
        )
    return command.show_by_name(
        options.name,
        console,
        run_it=options.run_them,
        variants=options.variants,
        receive=receive,
    )


def _do_exercise(options: StudyOptions) -> int | CommandOutcome:
    """Print the program that an exercise begins with, or check a reader's program."""
    from compare.study import command  # noqa: PLC0415 - heavy

    if options.name is None:
        raise UsageError("--check and --exercise: expected a lesson; received none")
    if options.run_them or options.variants or options.html or options.results:
        raise UsageError(
            "--check and --exercise: expected no option that shows lessons; remove "
            "--run, --variants, --html and --results"
        )
    if options.check is not None:
        if options.exercise or options.framework:
            raise UsageError(
                "--check: the program itself shows which framework it uses; remove "
                "--exercise and --framework"
            )
        return check_program_of(options.name, options.check)
    if not options.exercise or not options.framework:
        raise UsageError(
            "--exercise and --framework: expected both; for example --exercise write "
            "--framework torch"
        )
    return command.print_exercise(
        options.name, kind=options.exercise, framework=options.framework
    )


def check_program_of(lesson: str, path: Path) -> CommandOutcome:
    """Run a reader's program of a lesson; print and return how its arrays compare."""
    from compare.documents.study import describe_program  # noqa: PLC0415 - heavy
    from compare.study import command  # noqa: PLC0415 - heavy

    checked = command.check_own_program(lesson, path, console=make_console())
    return CommandOutcome(
        code=ExitCode.OK if checked.has_passed else ExitCode.FAILED,
        describe=lambda: describe_program(checked, lesson=lesson, file=str(path)),
    )
