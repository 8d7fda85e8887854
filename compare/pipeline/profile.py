"""The profiling stage of a run: how each variant's step time divides by operation.

After everything is timed, each cell gets its own worker, in which the framework's
profiler records a few steps. Profiling slows steps down. Profiled steps therefore show
shares of the step time, and only timed steps show its length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.pipeline.noted import (
    noting_failure,
    open_cell_session,
    select_unnoted_cells,
)
from compare.runs.rows import ProfileRow
from compare.runs.store import read_keys, store_rows
from compare.runs.tables import PROFILE
from compare.runs.words import NoteKind
from compare.timing import launching
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Operation
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell

STEPS = 10
PROFILE_S = 4.0  # expected duration of profiling a cell, for the time left
FOLDER = "profiles"


def profile_cells(context: RunContext) -> None:
    """Profile every cell that has a result and no profile yet, one after another."""
    (context.folder / FOLDER).mkdir(exist_ok=True)
    done = read_keys(context.folder, context.record, PROFILE)
    for cell in select_unnoted_cells(context.record, kind=NoteKind.NOT_PROFILED):
        if cell.key_values not in done:
            profile_cell(context, cell)


def profile_cell(context: RunContext, cell: Cell) -> None:
    """Write a cell's trace and its rows; a failure becomes a note."""
    where = f"{cell.workload} {cell.variant}"
    context.reporter.advance(f"{where}: profiling", expected_s=PROFILE_S)
    found = None
    with noting_failure(context, cell, kind=NoteKind.NOT_PROFILED):
        found = profile_in_worker(context, cell)
    if found is not None:
        store_rows(context.folder, context.record, {PROFILE: found})


def profile_in_worker(context: RunContext, cell: Cell) -> list[ProfileRow]:
    """Profile a cell in a new worker, on the processors of its timed blocks.

    Raises:
        CannotRunError: the session's mode cannot be profiled.
        WorkerError: the worker failed.
    """
    name = f"{cell.framework}-{cell.mode}"
    trace = context.folder / FOLDER / f"{cell.workload}-{name}.json.gz"
    with open_cell_session(context, cell, log="profile") as (worker, prepared):
        steps = launching.fill_cycles(STEPS, cycle=prepared.cycle)
        request = messages.RecordProfile(steps=steps, save_to=str(trace))
        profiled = worker.request(request, messages.Profiled)
    return compute_rows_per_step(cell, profiled.operations, steps=steps)


def compute_rows_per_step(
    cell: Cell, operations: Sequence[Operation], *, steps: int
) -> list[ProfileRow]:
    """Return the operations of one step, each with its share of its processor's time.

    The operation with the largest self time comes first. Operations without self time
    are left out.
    """
    totals: dict[str, float] = {}
    for each in operations:
        totals[each.processor] = totals.get(each.processor, 0.0) + each.self_ns
    ordered = sorted(operations, key=lambda each: -each.self_ns)
    return [
        ProfileRow(
            **cell.key,
            processor=each.processor,
            kind=each.kind,
            operation=each.name,
            common=each.common,
            calls_per_step=each.calls / steps,
            self_time_ns=each.self_ns / steps,
            share=each.self_ns / totals[each.processor],
        )
        for each in ordered
        if each.self_ns > 0
    ]
