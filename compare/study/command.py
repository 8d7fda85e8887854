"""The ``graph-compare study`` command; most functions return an exit code."""

from __future__ import annotations

from shutil import copytree
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from compare import workloads
from compare.errors import UsageError, unknown_name
from compare.frameworks import frameworks_with
from compare.scratch import open_scratch
from compare.study import terminal
from compare.study.blanks import ExerciseKind, make_exercise
from compare.study.guide import load_guide
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.program import frameworks_of, require_program
from compare.study.variant import first_variants, load_sides
from compare.workloads.folder import is_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from compare.study.lesson import LessonEntry
    from compare.study.own_program import CheckedProgram
    from compare.study.results import LessonResults

    # Called with results while their arrays are on disk.
    Receive = Callable[[Sequence[str], LessonResults], None]

OK, FAILED = 0, 1


def show_overview(
    console: Console, *, run_them: bool, receive: Receive | None = None
) -> int:
    """List the lessons, or run them all and print a summary.

    Args:
        console: where to print.
        run_them: whether to run them.
        receive: called with the results.
    """
    if not run_them:
        terminal.print_overview(console)
        return OK
    with open_scratch() as folder:
        results = _run_with_progress(lesson_names(), folder=folder)
        entries = [load_lesson(name) for name in lesson_names()]
        terminal.print_summary(entries, console, results=results)
        if receive is not None:
            receive(lesson_names(), results)
        return _exit_code(entries, results)


def show_by_name(
    name: str | None,
    console: Console,
    *,
    run_it: bool,
    variants: Sequence[str] | None,
    receive: Receive | None = None,
) -> int:
    """Show a lesson, or the code of a workload as some variants.

    Args:
        name: a lesson or a workload; the first workload if there is none.
        console: where to print.
        run_it: whether to run the lesson first.
        variants: the two variants of a workload; by default the first mode of each
            framework.
        receive: called with the results of a lesson.

    Raises:
        UsageError: the name is unknown, or the options do not apply to it.
    """
    if name is None:
        name = next(iter(workloads.WORKLOADS))
    if not is_folder(name):
        name = name.replace("-", "_").lower()
    if variants and len(set(variants)) == 1:
        raise UsageError(
            f"--variants: expected two different variants; received {variants[0]} twice"
        )
    if name in _list_workloads() or is_folder(name):
        if run_it:
            raise UsageError(
                f"--run: expected a lesson; received the workload {name}. "
                f"To run it: graph-compare run {name}"
            )
        sides = load_sides(name, variants or first_variants(name))
        terminal.print_code(sides, console)
        return OK
    if name not in lesson_names():
        known = [*lesson_names(), *_list_workloads()]
        raise unknown_name(
            "study", name, expected=known, listed_by="graph-compare study", hints=3
        )
    if variants:
        raise UsageError(f"--variants: expected a workload; {name} is a lesson")
    return _show_lesson(name, console, run_it=run_it, receive=receive)


def _list_workloads() -> list[str]:
    """Return the names of workloads, without those that lessons have."""
    return [name for name in workloads.names() if name not in lesson_names()]


def write_site(folder: Path, *, console: Console, results: Path | None) -> int:
    """Write the lessons as a website.

    Args:
        folder: a new or empty folder, or a site to be replaced.
        console: where to print the progress and the address.
        results: a folder with results; without it, the lessons are run.

    Raises:
        UsageError: the folder contains other files.
        RunError: `results` cannot be read, or the programs have changed since.
    """
    from compare.study import site  # noqa: PLC0415
    from compare.study.notebook import notebooks_unavailable  # noqa: PLC0415
    from compare.study.results import read_results  # noqa: PLC0415

    site.refuse_foreign_files(folder)
    # Before the run, so that it can be stopped and repeated with notebooks.
    if reason := notebooks_unavailable():
        message = f"The site is written without notebooks: {reason}"
        console.print(Text(message), soft_wrap=True)
    # Results go to a scratch folder first: an interrupted run leaves the site as it is.
    with open_scratch() as scratch:
        found = (
            read_results(results)
            if results is not None
            else _run_with_progress(lesson_names(), folder=scratch)
        )
        site.build_site(found, folder=folder)
        if results is None:
            copytree(scratch, folder / site.RESULTS, dirs_exist_ok=True)
        page = (folder / "index.html").resolve().as_uri()
        console.print(Text(f"Site: {page}"), soft_wrap=True)
        return _exit_code([load_lesson(name) for name in lesson_names()], found)


def show_translations(console: Console) -> int:
    """List the units of every translation that are shown in English."""
    from compare.study.translation import Language  # noqa: PLC0415 - reads all guides

    for language in Language:
        if language is not Language.ENGLISH:
            terminal.print_translation(language, console)
    return OK


def check_own_program(name: str, path: Path, *, console: Console) -> CheckedProgram:
    """Run a reader's program of a lesson; print and return how its arrays compare.

    Raises:
        UsageError: the lesson is unknown, or the file is no program.
    """
    from compare.study.own_program import check_program  # noqa: PLC0415 - starts work

    entry = load_lesson(name.replace("-", "_").lower())
    with console.status(Text(f"run {path.name}")):
        checked = check_program(entry, path)
    terminal.print_checked(checked, path.name, console)
    return checked


def print_exercise(name: str, *, kind: ExerciseKind, framework: str) -> int:
    """Print the program that an exercise begins with, to be redirected to a file.

    Args:
        name: a lesson.
        kind: of the exercise.
        framework: of the program.

    Raises:
        UsageError: the lesson or the framework is unknown, or there is no program.
    """
    entry = load_lesson(name.replace("-", "_").lower())
    if framework not in (known := frameworks_with("lessons")):
        raise unknown_name("--framework", framework, expected=known)
    source = require_program(entry.name, framework=framework)
    guide = load_guide(entry.name)
    text = make_exercise(source, guide, kind, name=entry.name)
    print(text, end="")  # noqa: T201 - the output itself
    return OK


def _show_lesson(
    name: str, console: Console, *, run_it: bool, receive: Receive | None
) -> int:
    entry = load_lesson(name)
    if not run_it:
        terminal.print_lesson(entry, console)
        return OK
    with open_scratch() as folder:
        results = _run_with_progress([name], folder=folder)
        terminal.print_lesson(entry, console, results=results)
        if receive is not None:
            receive([name], results)
        return _exit_code([entry], results)


def _exit_code(entries: Sequence[LessonEntry], results: LessonResults) -> int:
    from compare.study.comparison import has_passed  # noqa: PLC0415 - only after a run

    return OK if all(has_passed(entry, results) for entry in entries) else FAILED


def _run_with_progress(names: Sequence[str], *, folder: Path) -> LessonResults:
    """Run lessons and show a progress bar."""
    from compare.study.run import run_lessons  # noqa: PLC0415

    bar = Progress(
        TextColumn("lessons"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        count = sum(len(frameworks_of(name)) for name in names)
        task = bar.add_task("", total=count)

        def report(done: str) -> None:
            bar.update(task, advance=1, description=done)

        return run_lessons(names, folder=folder, report=report)
