"""A request made as the command line makes it, and executed with workers of ours."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from rich.console import Console

import compare
from compare.pipeline import plan, request
from compare.pipeline.run import execute, expected_s, finish
from compare.runs import results
from compare.runs.progress import Reporter

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


def record_of(asked: results.Request) -> results.RunRecord:
    """The record that a request begins with."""
    cells = plan.plan(asked)
    return results.RunRecord(
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
    results.create(folder, record)
    reporter = Reporter(
        console=Console(file=io.StringIO()),
        expected_s=expected_s(record),
        record=record,
    )
    with reporter:
        execute(folder, record, reporter=reporter, command=command)
    finish(folder)
    return compare.load_run(folder)
