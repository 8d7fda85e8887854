"""The stage of a run that takes the graphs of each variant.

After everything is timed, each cell gets its own worker, whose session shows what its
mode captured, before and after the framework's optimizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.errors import CompareError, WorkerError
from compare.files import read_file
from compare.pipeline import plan
from compare.runs.captured import decode_graphs, locate_graphs, store_graphs
from compare.runs.record import Note
from compare.runs.words import NoteKind
from compare.timing import launching
from compare.workers import messages
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from compare.contract import CapturedGraph
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell

GRAPHS_S = 8.0  # expected duration of taking a cell's graphs, for the time left


def take_missing_graphs(context: RunContext) -> None:
    """Take the graphs of every cell that has a result and no stored graphs."""
    failed = {
        (note.workload, note.variant)
        for note in context.record.notes
        if note.kind is NoteKind.NO_GRAPHS
    }
    for workload in context.record.request.workloads:
        for cell in plan.select_runnable_cells(context.record, workload=workload.label):
            is_failed = (cell.workload, cell.variant) in failed
            if not is_failed and not locate_graphs(context.folder, cell).exists():
                store_graphs_or_note(context, cell)


def store_graphs_or_note(context: RunContext, cell: Cell) -> None:
    """Write the graphs of a cell to the run folder; a failure becomes a note."""
    where = f"{cell.workload} {cell.variant}"
    context.reporter.advance(f"{where}: graphs", expected_s=GRAPHS_S)
    try:
        with naming_bugs():
            store_graphs(context.folder, cell, take_graphs(context, cell))
    except (CannotRunError, CompareError) as reason:
        note = Note(
            kind=NoteKind.NO_GRAPHS,
            workload=cell.workload,
            variant=cell.variant,
            reason=str(reason),
        )
        context.add_note(note)


def take_graphs(context: RunContext, cell: Cell) -> list[CapturedGraph]:
    """Return the graphs of a cell, taken in a new worker.

    Raises:
        CannotRunError: the mode cannot run the workload.
        WorkerError: the worker failed, or what it wrote are no graphs.
    """
    name = f"{cell.framework}-{cell.mode}"
    path = context.scratch / f"graphs-{cell.workload}-{name}.json"
    with context.pool.start(
        cell.framework,
        cores=context.pool.measured_cores,
        cache=context.launch_cache(cell, name),
        log=f"graphs-{cell.workload}-{name}",
    ) as worker:
        worker.hello()
        staged = context.staged[cell.workload]
        launching.prepare_session(worker, cell, dtype=cell.dtype, workload=staged)
        worker.request(messages.TakeGraphs(save_to=str(path)), messages.Done)
    try:
        return decode_graphs(read_file(path))
    except (OSError, ValueError) as error:
        raise WorkerError(
            f"expected a file with the graphs of {cell.workload} {cell.variant}; "
            f"{error}"
        ) from error
