"""Execute a request as the command line does, with a worker chosen by the test."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

import compare
from compare import report
from compare.pipeline import plan
from compare.pipeline.estimate import estimate_run_s
from compare.pipeline.finish import finish
from compare.pipeline.request import build_request
from compare.pipeline.run import execute
from compare.runs.folder import create_folder
from compare.runs.progress import Reporter
from compare.runs.record import Request, RunRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.pipeline.request import RunOptions


def record_of(request: Request) -> RunRecord:
    """Return the record of a new run."""
    cells = plan.plan_cells(request)
    return RunRecord(
        run_id="r",
        created="now",
        request=request,
        baseline=plan.choose_baseline(cells),
        cells=cells,
    )


def run(
    options: RunOptions, folder: Path, *, command: Sequence[str], timed: bool = True
) -> compare.Run:
    """Execute a request with workers started by a command, and read the run back."""
    record = record_of(build_request(options, timed=timed))
    create_folder(folder, record)
    reporter = Reporter(
        console=Console(file=io.StringIO()),
        expected_s=estimate_run_s(record),
        record=record,
    )
    with reporter:
        execute(folder, record, reporter=reporter, command=command)
    report.write(report.render(finish(folder)))
    return compare.load_run(folder)
