"""The launches of a run: which one is next, with which cells, and what is stored."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

from compare.pipeline import cold_starts, live, plan, timed
from compare.pipeline.capture import store_capture
from compare.runs.record import CONTROL, Note
from compare.runs.store import save_record, store_rows
from compare.runs.tables import AGREEMENT, DIFFERENCES, SAMPLES
from compare.runs.words import NoteKind, Status
from compare.stats.estimates import MIN_LAUNCHES
from compare.timing import launching, limits, stopping
from compare.timing.element_kernel import record_element_ns
from compare.timing.tables import pair_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from compare.pipeline.agree import CellFindings
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell
    from compare.runs.tables import TableSpec


def measure_first(context: RunContext, cells: Sequence[Cell]) -> None:
    """Measure these cells of a workload in its first launch, unless that is done."""
    label = cells[0].workload
    if not context.record.launches_done.get(label, 0):
        measure_launch(context, label=label, cells=cells)


def measure_further(context: RunContext) -> None:
    """Measure launches until no workload needs another one.

    The workload with the fewest launches is next; of several, the one with the widest
    interval. The number of launches must not depend on the results between the interim
    looks, or intervals would cover the truth too rarely.
    """
    record = context.record
    labels = [workload.label for workload in record.request.workloads]
    while open_labels := [label for label in labels if needs_launch(context, label)]:
        done = {label: record.launches_done.get(label, 0) for label in open_labels}
        fewest = [label for label in open_labels if done[label] == min(done.values())]
        label = max(fewest, key=lambda each: _widest_interval(context, each))
        measure_launch(context, label=label)


def needs_launch(context: RunContext, label: str) -> bool:
    """Return whether a workload is measured again."""
    record = context.record
    if not plan.select_runnable_cells(record, workload=label):
        return False
    if record.launches_done.get(label, 0) >= _count_wanted(context, label):
        return False
    reserved_s = cold_starts.estimate_cold_s(record)
    if not stopping.can_afford_launch(record, label=label, reserved_s=reserved_s):
        return False
    if record.launches_done.get(label, 0) not in stopping.interim_looks(record.request):
        return True
    return not stopping.is_precise_enough(
        _working_ratios(context, label), request=record.request
    )


def _count_wanted(context: RunContext, label: str) -> int:
    """Return the number of launches of a workload; disturbed ones are repeated.

    A run with a budget or a precision continues until that is reached in any case.
    """
    request = context.record.request
    if not request.repeats:
        return request.launches
    paired = pair_samples(context.record, context.samples, workload=label)
    repeated = len(paired.disturbance.disturbed)
    return request.launches + min(repeated, request.repeats)


def measure_launch(
    context: RunContext, *, label: str, cells: Sequence[Cell] | None = None
) -> None:
    """Measure cells in the next launch of a workload, and store the results.

    The first launch may be measured in parts, each with the baseline and some of the
    other cells. Parts have different rounds.

    Args:
        context: of the run.
        label: of the workload.
        cells: to be measured, if they are not yet; all of the workload by default.
    """
    record = context.record
    number = record.launches_done.get(label, 0)
    missing = find_unmeasured(context, label=label, launch=number)
    wanted = missing if cells is None else [c for c in missing if c in cells]
    if wanted:
        part = [
            cell
            for cell in plan.select_runnable_cells(record, workload=label)
            if cell in wanted or cell.variant == record.baseline
        ]
        _measure_part(context, part, number=number)
    if all(cell in wanted for cell in missing):
        with context.lock:
            record.launches_done[label] = number + 1
            save_record(context.folder, record)
    context.interim.begin(context)


def find_unmeasured(context: RunContext, *, label: str, launch: int) -> list[Cell]:
    """Return the cells of a workload that can run and have no block in a launch."""
    samples = _samples_of(context, label=label, launch=launch)
    measured = set(zip(samples["framework"], samples["mode"], strict=True))
    return [
        cell
        for cell in plan.select_runnable_cells(context.record, workload=label)
        if (cell.framework, cell.mode) not in measured
    ]


def _measure_part(context: RunContext, cells: list[Cell], *, number: int) -> None:
    record, request, label = context.record, context.record.request, cells[0].workload
    earlier = _samples_of(context, label=label, launch=number)
    parts = 0 if earlier.empty else 1 + int(earlier["round"].max()) // request.rounds
    began = monotonic()
    context.reporter.phase("start")
    result = launching.run_launch(
        launching.Launch(
            cells=cells,
            baseline=record.baseline,
            workload=context.staged[label],
            request=request,
            number=number,
            first_round=parts * request.rounds,
            pool=context.pool_of(cells[0]).with_generation(number),
            cache_of=context.launch_cache,
            reporter=context.reporter,
            results=context.scratch / "timed" / label,
            before_rounds=context.interim.wait,
        )
    )
    judged = timed.judge_launch(context, result, label=label, launch=number)
    spent_s = record.launching_s.get(label, 0.0) + monotonic() - began
    record.launching_s[label] = spent_s
    store_launch(context, result, judged, label=label)


def _samples_of(context: RunContext, *, label: str, launch: int) -> pd.DataFrame:
    samples = context.samples
    return samples[(samples["workload"] == label) & (samples["launch"] == launch)]


def _working_ratios(context: RunContext, label: str) -> pd.DataFrame:
    """Return the log ratios of the variants that did not fail in the last launch.

    The interval of one that failed will not get narrower.
    """
    ratios = pair_samples(context.record, context.samples, workload=label).ratios
    return ratios[ratios.columns[ratios.iloc[-1:].notna().all()]]


def _widest_interval(context: RunContext, label: str) -> float:
    """Return the widest relative half of an interval; infinite before two launches."""
    if context.record.launches_done.get(label, 0) < MIN_LAUNCHES:
        return inf
    ratios = _working_ratios(context, label)
    return stopping.widest_half(ratios, request=context.record.request)


def store_launch(
    context: RunContext,
    result: launching.LaunchResult,
    judged: Sequence[CellFindings],
    *,
    label: str,
) -> None:
    """Store the samples and findings of a launch, and the record that counts them."""
    record = context.record
    launch = record.launches_done.get(label, 0)
    forward_only = plan.is_forward_only(context.staged[label])
    record.starts += result.starts
    for limit, peak in result.peaks.items():
        limits.record_peak(record, limit, peak=peak)
    record_element_ns(record, result.element_ns)
    for cell in plan.select_runnable_cells(record, workload=label):
        if reason := result.missing.get(cell.variant):
            cell.status, cell.reason = Status.NOT_RUN, reason
        elif reason := result.failures.get(cell.variant):
            cell.status, cell.reason = Status.FAILED, reason
        elif described := result.described.get(cell.variant):
            store_capture(
                cell,
                described,
                forward_only=forward_only,
                replicas=context.staged[label].replicas,
            )
    if reason := result.failures.get(CONTROL):
        note = Note(
            kind=NoteKind.CONTROL_FAILED, workload=label, launch=launch, reason=reason
        )
        record.notes.append(note)
    rows: dict[TableSpec[Any], Sequence[Any]] = {
        SAMPLES: result.samples,
        AGREEMENT: [row for found in judged for row in found.agreement],
        DIFFERENCES: [row for found in judged for row in found.differences],
    }
    store_rows(context.folder, record, rows)
    # Last: a run that is killed before the rows are stored repeats the launch.
    context.samples = SAMPLES.extend(context.samples, result.samples)
    live.show_launch(context, judged, label=label)
