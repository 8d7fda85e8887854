"""Check a reader's program of a lesson against the arrays of the lesson's own."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from compare.errors import UsageError, WorkerError
from compare.files import read_file
from compare.frameworks import (
    find_missing_framework,
    find_missing_need,
    frameworks_with,
)
from compare.numerics.arrays import load_arrays
from compare.scratch import open_scratch
from compare.study.differences import ArrayDifference, find_differences
from compare.study.program import require_program
from compare.wording import join_words
from compare.workers import messages
from compare.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare.contract import Arrays, Framework
    from compare.study.lesson import LessonEntry
    from compare.workers.process import Worker

OWN_FILE = "program_to_check.py"
FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+), in (?P<name>.+)$')


@dataclass(frozen=True, kw_only=True)
class CheckedProgram:
    """What a reader's program returned.

    Attributes:
        framework: that it uses.
        differences: every array of the lesson that can be compared.
        unsteady: arrays that are different in every run of the lesson's own program.
        failure: why it returned nothing; empty if it did.
        lines: the program's own lines that led to the failure, outermost first.
    """

    framework: str
    differences: tuple[ArrayDifference, ...] = ()
    unsteady: tuple[str, ...] = ()
    failure: str = ""
    lines: tuple[str, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether every array agrees."""
        return not self.failure and not any(each.text for each in self.differences)


def check_program(entry: LessonEntry, path: Path) -> CheckedProgram:
    """Run a reader's program and compare what it returns with the lesson's arrays.

    Args:
        entry: the lesson.
        path: the program: a Python file with a function ``main``.

    Raises:
        UsageError: the file cannot be read or is no such program, or something that
            the lesson needs is missing.
        WorkerError: the lesson's own program failed.
    """
    source = _read_source(path)
    framework = _find_framework(source, path)
    needs = entry.lesson.needs.get(framework.name, ())
    if missing := find_missing_framework(framework) or find_missing_need(needs):
        raise UsageError(f"--check: {path}: {missing}")
    own = require_program(entry.name, framework=framework.name)
    with open_scratch() as scratch:
        pool = WorkerPool(
            frameworks={framework.name: framework},
            threads=1,
            device="cpu",
            logs=scratch,
        )

        def work(_: Framework, cores: list[int]) -> CheckedProgram:
            with pool.start(
                framework.name, cores=cores, cache=scratch / "compiled", log="check"
            ) as worker:
                worker.hello()
                name = f"{framework.package}.lessons.{entry.name}"
                run = partial(_run, name=name, worker=worker, folder=scratch)
                return _check(own, source, framework.name, run=run)

        (found,) = pool.in_parallel(work, [framework])
    return found


def _check(
    own: str, source: str, framework: str, *, run: Callable[..., Arrays]
) -> CheckedProgram:
    first, again = (run(own, file=f"own_{number}.py") for number in range(2))
    steady = {n: a for n, a in first.items() if a.tobytes() == again[n].tobytes()}
    try:
        received = run(source, file=OWN_FILE)
    except WorkerError as error:
        return CheckedProgram(
            framework=framework,
            failure=error.stated or str(error),
            lines=tuple(_own_lines(error.detail, source)),
        )
    return CheckedProgram(
        framework=framework,
        differences=tuple(find_differences(steady, received)),
        unsteady=tuple(name for name in first if name not in steady),
    )


def _run(source: str, *, file: str, name: str, worker: Worker, folder: Path) -> Arrays:
    path = folder / file
    path.write_text(source, "utf-8")
    target = path.with_suffix(".npz")
    request = messages.RunLesson(name=name, path=str(path), save_to=str(target))
    worker.request(request, messages.LessonRan)
    return load_arrays(target)


def _read_source(path: Path) -> str:
    """Return the text of a program that can be parsed and has ``main``.

    Raises:
        UsageError: it is not such a file.
    """
    try:
        source = read_file(path).decode()
    except OSError as error:
        raise UsageError(f"--check: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(
            f"--check: {path}: expected a Python file in UTF-8; received other bytes"
        ) from None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise UsageError(f"--check: {path}{line}: not valid Python: {error}") from None
    if not any(isinstance(n, ast.FunctionDef) and n.name == "main" for n in tree.body):
        raise UsageError(
            f"--check: {path}: expected a program with a function `main` that returns "
            "the arrays by name; received a file without it. To begin with one, run: "
            "graph-compare study LESSON --exercise write --framework NAME"
        )
    return source


def _find_framework(source: str, path: Path) -> Framework:
    """Return the framework that a program imports.

    Raises:
        UsageError: it imports none or several.
    """
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in _imported_names(node)
    }
    declared = frameworks_with("lessons").values()
    used = [each for each in declared if each.module in imported]
    if len(used) != 1:
        known = join_words(each.module for each in declared)
        received = " and ".join(each.module for each in used) or "none of them"
        raise UsageError(
            f"--check: {path}: expected a program that imports {known}; received "
            f"{received}"
        )
    return used[0]


def _imported_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def _own_lines(detail: str, source: str) -> list[str]:
    """Return the program's own lines in a traceback: number, function and text."""
    lines = source.splitlines()
    found = []
    for frame in map(FRAME.match, detail.splitlines()):
        if frame and Path(frame["file"]).name == OWN_FILE:
            number = int(frame["line"])
            text = lines[number - 1].strip() if number <= len(lines) else ""
            found.append(f"line {number}, in {frame['name']}: {text}")
    return found
