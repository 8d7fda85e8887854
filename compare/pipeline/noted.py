"""What stages after the check share: cells in their own worker, failures as notes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from compare.errors import CompareError
from compare.pipeline import plan
from compare.runs.record import Note
from compare.timing import launching
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell, RunRecord
    from compare.runs.words import NoteKind
    from compare.workers.messages import Prepared
    from compare.workers.process import Worker


def select_unnoted_cells(record: RunRecord, *, kind: NoteKind) -> list[Cell]:
    """Return the cells that have a result and no note of this kind, by workload."""
    noted = {(n.workload, n.variant) for n in record.notes if n.kind is kind}
    return [
        cell
        for workload in record.request.workloads
        for cell in plan.select_runnable_cells(record, workload=workload.label)
        if (cell.workload, cell.variant) not in noted
    ]


@contextmanager
def noting_failure(
    context: RunContext, cell: Cell, *, kind: NoteKind
) -> Iterator[None]:
    """End at a failure of the cell's worker, and add a note with the reason."""
    try:
        with naming_bugs():
            yield
    except (CannotRunError, CompareError) as reason:
        note = Note(
            kind=kind,
            workload=cell.workload,
            variant=cell.variant,
            reason=str(reason),
        )
        context.add_note(note)


@contextmanager
def open_cell_session(
    context: RunContext, cell: Cell, *, log: str
) -> Iterator[tuple[Worker, Prepared]]:
    """Yield a new worker with the cell's session, on the processors of timed blocks.

    Raises:
        CannotRunError: the mode cannot run the workload.
        WorkerError: the worker failed.
    """
    name = f"{cell.framework}-{cell.mode}"
    pool = context.pool_of(cell)
    with pool.start(
        cell.framework,
        cores=pool.measured_cores,
        cache=context.launch_cache(cell, name),
        log=f"{log}-{cell.workload}-{name}",
    ) as worker:
        worker.hello()
        staged = context.staged[cell.workload]
        yield (
            worker,
            launching.prepare_session(worker, cell, dtype=cell.dtype, workload=staged),
        )
