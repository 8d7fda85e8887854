"""The stage of a run that takes the graphs of each variant.

After everything is timed, each cell gets its own worker, whose session shows what its
mode captured, before and after the framework's optimizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.errors import WorkerError
from compare.files import read_file
from compare.pipeline.noted import (
    noting_failure,
    open_cell_session,
    select_unnoted_cells,
)
from compare.runs.captured import decode_graphs, locate_graphs, store_graphs
from compare.runs.words import NoteKind
from compare.workers import messages

if TYPE_CHECKING:
    from compare.contract import CapturedGraph
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell

GRAPHS_S = 8.0  # expected duration of taking a cell's graphs, for the time left


def take_missing_graphs(context: RunContext) -> None:
    """Take the graphs of every cell that has a result and no stored graphs."""
    for cell in select_unnoted_cells(context.record, kind=NoteKind.NO_GRAPHS):
        if not locate_graphs(context.folder, cell).exists():
            store_graphs_or_note(context, cell)


def store_graphs_or_note(context: RunContext, cell: Cell) -> None:
    """Write the graphs of a cell to the run folder; a failure becomes a note."""
    where = f"{cell.workload} {cell.variant}"
    context.reporter.advance(f"{where}: graphs", expected_s=GRAPHS_S)
    with noting_failure(context, cell, kind=NoteKind.NO_GRAPHS):
        store_graphs(context.folder, cell, take_graphs(context, cell))


def take_graphs(context: RunContext, cell: Cell) -> list[CapturedGraph]:
    """Return the graphs of a cell, taken in a new worker.

    Raises:
        CannotRunError: the mode cannot run the workload.
        WorkerError: the worker failed, or what it wrote are no graphs.
    """
    name = f"{cell.framework}-{cell.mode}"
    path = context.scratch / f"graphs-{cell.workload}-{name}.json"
    with open_cell_session(context, cell, log="graphs") as (worker, _):
        worker.request(messages.TakeGraphs(save_to=str(path)), messages.Done)
    try:
        return decode_graphs(read_file(path))
    except (OSError, ValueError) as error:
        raise WorkerError(
            f"expected a file with the graphs of {cell.workload} {cell.variant}; "
            f"{error}"
        ) from error
