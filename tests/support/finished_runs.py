"""Finished runs without results, to which benchmarks add large tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.frameworks import frameworks, variants
from compare.pipeline.plan import plan_cells
from compare.runs.folder import create_folder
from compare.runs.record import RunRecord, utc_now
from compare.runs.words import Status
from tests.support.requested import requested

if TYPE_CHECKING:
    from pathlib import Path


def create_finished_run(
    folder: Path, *, launches_done: dict[str, int], **request: Any
) -> RunRecord:
    """Create the folder of a finished run of every variant; return its record.

    Args:
        folder: of the run.
        launches_done: by workload.
        request: fields of the request.
    """
    asked = requested(variants=variants(frameworks().values()), **request)
    cells = plan_cells(asked)
    for cell in cells:
        cell.status = Status.OK
    record = RunRecord(
        run_id="cost",
        created=utc_now(),
        request=asked,
        baseline=cells[0].variant,
        finished=True,
        cells=cells,
        launches_done=launches_done,
    )
    create_folder(folder, record)
    return record
