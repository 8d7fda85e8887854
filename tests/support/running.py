"""A request made as the command line makes it, and executed with workers of ours."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from rich.console import Console

import compare
from compare import report
from compare.pipeline import plan, request
from compare.pipeline.finish import finish
from compare.pipeline.run import execute, expected_s
from compare.runs.folder import create_folder
from compare.runs.progress import Reporter
from compare.runs.record import Request, RunRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def options(**chosen: Any) -> dict[str, Any]:
    """The options of a command line: what is chosen, else their defaults."""
    return {
        "workloads": (),
        "variants": (),
        "devices": ("cpu",),
        "dtypes": ("float32",),
        "suite_name": "quick",
        "threads": 1,
        "data": None,
        "image_size": None,
        "seed": 0,
        "budget": None,
        "precision": None,
        "margin": "1%",
        **chosen,
    }


def record_of(asked: Request) -> RunRecord:
    """The record that a request begins with."""
    cells = plan.plan(asked)
    return RunRecord(
        run_id="r",
        created="now",
        request=asked,
        baseline=plan.baseline_of(cells),
        cells=cells,
    )


def run(
    choice: dict[str, Any], folder: Path, *, command: Sequence[str], timed: bool = True
) -> compare.Run:
    """Execute a request with workers started so, and read the run back."""
    record = record_of(request.read(choice, timed=timed))
    create_folder(folder, record)
    reporter = Reporter(
        console=Console(file=io.StringIO()),
        expected_s=expected_s(record),
        record=record,
    )
    with reporter:
        execute(folder, record, reporter=reporter, command=command)
    report.write(finish(folder))
    return compare.load_run(folder)
