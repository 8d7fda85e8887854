"""Runs of the NumPy package for tests, interrupted and resumed in this process."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

import compare
from compare.frameworks import frameworks
from compare.pipeline.finish import finish
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.run import execute
from compare.runs.folder import create_folder, read_record
from compare.runs.progress import Reporter
from compare.workers.process import COMMAND
from tests.support.running import record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compare.runs.folder import Run
    from compare.runs.record import RunRecord

PACKAGES = Path(__file__).with_name("packages")
VARIANTS = ("numpy/eager", "numpy/again")


def python_path(packages: Path = PACKAGES) -> str:
    """Return the ``PYTHONPATH`` of a process that finds ``impl_numpy``."""
    return os.pathsep.join([str(packages), str(Path(compare.__file__).parents[1])])


@contextmanager
def using_numpy_package(cache: Path, *, packages: Path = PACKAGES) -> Iterator[None]:
    """Make ``impl_numpy`` available here and in workers, with a cache of its own."""
    try:
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.syspath_prepend(packages)
            monkeypatch.setenv("PYTHONPATH", python_path(packages))
            monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
            frameworks.cache_clear()
            yield
    finally:
        frameworks.cache_clear()


def new_run(folder: Path, suite: Path, *, timed: bool = False) -> None:
    """Create the folder of a run of two variants on one workload."""
    options = RunOptions(
        workloads=("two_layer",),
        variants=VARIANTS,
        suite_name=str(suite),
        profile=True,
    )
    create_folder(folder, record_of(build_request(options, timed=timed)))


def continue_run(
    folder: Path,
    *,
    console: Console | None = None,
    command: Sequence[str] = COMMAND,
    after_launch: Callable[[Run], None] | None = None,
) -> compare.Run:
    """Execute what is left of a run, from the contents of its folder alone."""
    record = read_record(folder)
    console = console or Console(file=io.StringIO())
    with Reporter(console=console, expected_s=1.0, record=record) as reporter:
        samples = execute(
            folder,
            record,
            reporter=reporter,
            command=command,
            after_launch=after_launch,
        )
    finish(folder, record=record, samples=samples)
    return compare.load_run(folder)


def interrupt_at_save(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Interrupt the run right after its record is written for the n-th time."""
    from compare.runs import store  # noqa: PLC0415 - patched here

    counted, save = [], store.save_record

    def save_and_stop(folder: Path, record: RunRecord) -> None:
        save(folder, record)
        counted.append(folder)
        if len(counted) == number:
            raise KeyboardInterrupt

    for module in list(sys.modules.values()):
        if getattr(module, "save_record", None) is save:
            monkeypatch.setattr(module, "save_record", save_and_stop)
