"""What ``graph-compare study`` does; every function returns an exit code."""

from __future__ import annotations

import tempfile
from pathlib import Path
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

from compare import workloads
from compare.errors import UsageError, unknown_name
from compare.frameworks import frameworks
from compare.study import ladder, terminal, variant
from compare.study.lesson import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.study.lesson import Entry
    from compare.study.results import Results

OK, FAILED = 0, 1


def everything(console: Console, *, run_them: bool) -> int:
    """List the lessons, or run them all and say of each what came out."""
    if not run_them:
        terminal.listing(console)
        return OK
    with tempfile.TemporaryDirectory(prefix="graph-compare-") as folder:
        results = _run(ladder.names(), folder=Path(folder))
        entries = [find(name) for name in ladder.names()]
        terminal.summary(entries, console, results=results)
        return _exit_code(entries, results)


def one(
    name: str | None, console: Console, *, run_it: bool, variants: Sequence[str] | None
) -> int:
    """Show one lesson, or a workload, the first if none is named, as two variants.

    Raises:
        UsageError: there is neither of this name, or it cannot be shown so.
    """
    if name is None:
        name = next(iter(workloads.WORKLOADS))
    name = name.replace("-", "_").lower()
    if variants and len(set(variants)) == 1:
        raise UsageError(
            f"--variants: expected two to compare; received {variants[0]} twice"
        )
    if name in workloads.WORKLOADS:
        if run_it:
            raise UsageError(
                f"--run: expected a lesson; received the workload {name}, which "
                f"graph-compare run {name} runs"
            )
        first = [f"{f.name}/{f.modes[0].name}" for f in frameworks().values()]
        terminal.code(variant.sides(name, variants or first), console)
        return OK
    if name not in ladder.names():
        known = [*ladder.names(), *workloads.WORKLOADS]
        raise unknown_name(
            "study", name, expected=known, listed_by="graph-compare study", hints=3
        )
    if variants:
        raise UsageError(f"--variants: expected a workload; {name} is a lesson")
    return _lesson(name, console, run_it=run_it)


def pages(folder: Path, *, console: Console, results: Path | None) -> int:
    """Write the lessons as pages, of what is in `results` or is run now.

    Raises:
        UsageError: the folder holds files of somebody else.
        RunError: there are no results where they should be.
    """
    from compare.study import results as stored  # noqa: PLC0415
    from compare.study import site  # noqa: PLC0415

    site.refuse_foreign(folder)
    # Elsewhere first: interrupted, it leaves nothing half done.
    with tempfile.TemporaryDirectory(prefix="graph-compare-") as scratch:
        found = (
            stored.read(results)
            if results is not None
            else _run(ladder.names(), folder=Path(scratch))
        )
        site.build(found, folder=folder)
        if results is None:
            copytree(scratch, folder / site.RESULTS, dirs_exist_ok=True)
        page = (folder / "index.html").resolve().as_uri()
        console.print(f"Site: {page}", soft_wrap=True)
        return _exit_code([find(name) for name in ladder.names()], found)


def _lesson(name: str, console: Console, *, run_it: bool) -> int:
    entry = find(name)
    if not run_it:
        terminal.show(entry, console)
        return OK
    with tempfile.TemporaryDirectory(prefix="graph-compare-") as folder:
        results = _run([name], folder=Path(folder))
        terminal.show(entry, console, results=results)
        return _exit_code([entry], results)


def _exit_code(entries: Sequence[Entry], results: Results) -> int:
    from compare.study.agreement import is_fine  # noqa: PLC0415 - only after a run

    return OK if all(is_fine(entry, results) for entry in entries) else FAILED


def _run(names: Sequence[str], *, folder: Path) -> Results:
    """Run lessons, with a bar for whoever waits."""
    from compare.study.run import run  # noqa: PLC0415

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
        task = bar.add_task("", total=len(names) * len(frameworks()))

        def report(done: str) -> None:
            bar.update(task, advance=1, description=done)

        return run(names, folder=folder, report=report)
