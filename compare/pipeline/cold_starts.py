"""Measure cold starts: the first call of each compiling mode with an empty cache.

They take longest and interest a reader least, so they are measured after all launches.
The first call of a mode that calls no compiler is cold in its first launch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.pipeline import live, plan
from compare.pipeline.noted import noting_failure, select_unnoted_cells
from compare.runs.store import save_record
from compare.runs.words import NoteKind
from compare.timing import launching
from compare.workers import messages

if TYPE_CHECKING:
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell, RunRecord, Start

COLD_START_S = 12.0  # expected duration with one start per core, for the time left


def find_cold_cells(record: RunRecord) -> list[Cell]:
    """Return the cells whose cold start is still to be measured."""
    if not (record.request.launches and record.request.cold_starts):
        return []
    done = {(s.workload, s.framework, s.mode) for s in record.starts if s.cold}
    return [
        cell
        for cell in select_unnoted_cells(record, kind=NoteKind.NOT_STARTED_COLD)
        if plan.needs_compiler(cell)
        and (cell.workload, cell.framework, cell.mode) not in done
    ]


def estimate_cold_s(record: RunRecord) -> float:
    """Return the expected duration of the cold starts that are left, in seconds."""
    return len(find_cold_cells(record)) * COLD_START_S


def measure_cold_starts(context: RunContext) -> None:
    """Start every cell that needs a compiler once with an empty compile cache."""

    def measure(cell: Cell, cores: list[int]) -> None:
        measure_cold_start(context, cell, cores=cores)

    if cells := find_cold_cells(context.record):
        context.reporter.phase("start cold")
        context.in_parallel(measure, cells, of=lambda cell: cell)


def measure_cold_start(context: RunContext, cell: Cell, *, cores: list[int]) -> None:
    """Store the costs of a cold start; a failure becomes a note."""
    where = f"{cell.workload} {cell.variant}"
    context.reporter.advance(f"{where}: cold start")
    start = None
    with noting_failure(context, cell, kind=NoteKind.NOT_STARTED_COLD):
        start = start_cold(context, cell, cores=cores)
    if start is not None:
        with context.lock:
            context.record.starts.append(start)
            save_record(context.folder, context.record)
        live.show_first_call(context, cell)
    context.reporter.advance(f"{where}: cold start", expected_s=COLD_START_S)


def start_cold(context: RunContext, cell: Cell, *, cores: list[int]) -> Start:
    """Start a worker with an empty cache, and return its costs.

    Raises:
        CannotRunError: the mode cannot run the workload.
        WorkerError: the worker failed.
    """
    name = f"{cell.framework}-{cell.mode}"
    with context.pool_of(cell).start(
        cell.framework,
        cores=cores,
        cache=context.scratch / "cold" / cell.workload / name,
        log=f"cold-{cell.workload}-{name}",
    ) as worker:
        arm = launching.start_arm(
            launching.PlannedStart(
                cell=cell,
                mode=cell.mode,
                launch=context.record.launches_done.get(cell.workload, 0),
                is_cold=True,
            ),
            worker=worker,
            workload=context.staged[cell.workload],
        )
        described = worker.request(messages.Describe(), messages.Description)
        return launching.complete_start(arm.start, described)
