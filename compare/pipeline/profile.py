"""The stage of a run that profiles: where does each variant's step spend its time?

After everything is timed, each cell gets a worker of its own, in which the framework's
profiler watches a few steps. Watching costs time: profiled steps say where the time
goes, timed ones how much it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compare.errors import WorkerError
from compare.pipeline import plan
from compare.runs import results
from compare.timing import launching
from compare.workers import messages
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Operation
    from compare.pipeline.context import Going
    from compare.runs.results import Cell

STEPS = 10
PROFILE_S = 4.0  # expected of profiling a cell, only to tell the time left
FOLDER, TABLE = "profiles", "profile.csv"


def profile(going: Going) -> None:
    """Profile every cell that has a result and no profile yet, one after another."""
    (going.folder / FOLDER).mkdir(exist_ok=True)
    done = results.keys_in(going.folder, TABLE)
    for workload in going.record.request.workloads:
        for cell in plan.runnable(going.record, workload=workload.label):
            if cell.key_values not in done:
                profile_cell(going, cell)


def profile_cell(going: Going, cell: Cell) -> None:
    """Write a cell's trace and its rows; what fails is a note, never the cell."""
    where = f"{cell.workload} {cell.variant}"
    going.reporter.advance(f"{where}: profiling", expected_s=PROFILE_S)
    try:
        operations = ask(going, cell)
    except (CannotRunError, WorkerError) as reason:
        going.record.notes.append(f"{where} was not profiled: {reason}")
        results.save(going.folder, going.record)
        return
    rows = [{**cell.key, **row} for row in per_step(operations, steps=STEPS)]
    results.append(going.folder, TABLE, rows)


def ask(going: Going, cell: Cell) -> list[Operation]:
    """Profile a cell in a fresh worker, where its blocks were timed.

    Raises:
        CannotRunError: the session's mode cannot be profiled.
        WorkerError: the worker failed.
    """
    name = f"{cell.framework}-{cell.mode}"
    trace = going.folder / FOLDER / f"{cell.workload}-{name}.json.gz"
    with going.launcher.start(
        cell.framework,
        cores=going.launcher.measured_cores,
        cache=going.scratch / "cache" / cell.workload / name,
        log=f"profile-{cell.workload}-{name}",
    ) as worker:
        worker.hello()
        staged = going.staged[cell.workload]
        launching.prepare(worker, cell, dtype=cell.dtype, workload=staged)
        request = messages.Profile(steps=STEPS, save_to=str(trace))
        return worker.request(request, messages.Profiled).operations


def per_step(operations: Sequence[Operation], *, steps: int) -> list[dict[str, Any]]:
    """What operations take a step, and which share of their processor's time."""
    totals: dict[str, float] = {}
    for each in operations:
        totals[each.processor] = totals.get(each.processor, 0.0) + each.self_ns
    ordered = sorted(operations, key=lambda each: -each.self_ns)
    return [
        {
            "processor": each.processor,
            "kind": each.kind,
            "operation": each.name,
            "calls_per_step": each.calls / steps,
            "self_time_ns": each.self_ns / steps,
            "share": each.self_ns / totals[each.processor],
        }
        for each in ordered
        if each.self_ns > 0
    ]
