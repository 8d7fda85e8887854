"""Execute a run: prepare the data, check agreement, time steps, profile them."""

from __future__ import annotations

import dataclasses
from math import ceil
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from compare import machine, workloads
from compare.errors import CompareError, RunError, UsageError
from compare.frameworks import find_variant, frameworks
from compare.machine import available_cores
from compare.pipeline import agree, compile_cache, live, plan, profile, timed
from compare.pipeline.capture import store_capture
from compare.pipeline.context import RunContext
from compare.pipeline.interim import reporting_launches
from compare.runs.folder import discard_empty_run
from compare.runs.record import CONTROL, Note, WorkloadRequest
from compare.runs.store import RUN_FILE, drop_unfinished_rows, save_record, store_rows
from compare.runs.tables import AGREEMENT, DIFFERENCES, PROFILE, SAMPLES
from compare.runs.words import NoteKind, Status
from compare.scratch import open_scratch
from compare.timing import launching, limits, stopping
from compare.timing.tables import pair_samples
from compare.workers.pool import WorkerPool
from compare.workers.process import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from compare.contract import Workload
    from compare.runs.folder import Run
    from compare.runs.progress import Reporter
    from compare.runs.record import RunRecord
    from compare.runs.tables import TableSpec


def estimate_run_s(record: RunRecord) -> float:
    """Return the expected duration of a run in seconds."""
    request, cells = record.request, len(record.cells)
    measured = estimate_launches_s(record, launches=request.launches)
    if request.budget_s is not None:
        measured = request.budget_s
    profiles = cells * profile.PROFILE_S if request.profile else 0.0
    return cells * agree.CHECK_S + measured + profiles


def estimate_launches_s(record: RunRecord, *, launches: int) -> float:
    """Return the expected duration of this many launches of every workload."""
    request = record.request
    can_run = [cell for cell in record.cells if cell.status is Status.PENDING]
    controls = len({cell.workload for cell in can_run})  # one per workload
    arms = len(can_run) + controls
    warm = max(0, launches - 1) * launching.START_S
    cold = launching.COLD_START_S if launches else 0.0
    rounds = launches * request.rounds * launching.BLOCK_S
    return arms * (cold + warm + rounds)


def require_affordable(record: RunRecord) -> None:
    """Raise if the budget is too short for one launch of every variant.

    Raises:
        UsageError: it is; the message states a sufficient budget.
    """
    least_s, budget_s = estimate_launches_s(record, launches=1), record.request.budget_s
    if budget_s is not None and budget_s < least_s:
        raise UsageError(
            f"--budget: expected at least about {ceil(least_s)} s, the duration of one "
            f"launch of every variant here; received {budget_s:g} s. Increase it, or "
            "measure fewer variants or workloads (-v, WORKLOAD)"
        )


def execute(
    folder: Path,
    record: RunRecord,
    *,
    reporter: Reporter,
    command: Sequence[str] = COMMAND,
    after_launch: Callable[[Run], None] | None = None,
) -> pd.DataFrame:
    """Execute every stage of a run that is not done yet, and store each result.

    Args:
        folder: of the run.
        record: of the run; it is updated and written to the folder.
        reporter: shows the progress.
        command: starts a worker.
        after_launch: called in a thread with the results so far.

    Returns:
        The samples of all launches.

    Raises:
        CompareError: a workload's data cannot be read, or the run was started on
            another machine. Earlier results are kept.
    """
    request = record.request
    with (
        open_scratch() as scratch,
        reporting_launches(after_launch, reporter=reporter) as interim,
    ):
        pool = WorkerPool(
            frameworks=frameworks(),
            threads=request.threads,
            device=request.device,
            logs=folder / "logs",
            time_limit_s=request.time_limit_s,
            command=command,
        )
        reporter.phase("prepare")
        require_known_names(record, file=folder / RUN_FILE)
        facts = machine.machine()
        require_same_machine(record, facts=facts)
        context = RunContext(
            folder=folder,
            scratch=scratch,
            record=record,
            pool=pool,
            reporter=reporter,
            staged={},
            probes={},
            samples=drop_unfinished_rows(folder, record),
            lock=Lock(),
            interim=interim,
        )
        record.environment.update(facts)
        try:
            stage_data(context)
        except CompareError:
            discard_empty_run(folder)
            raise
        choose_compile_cache(context)
        live.show_stored(context)
        reporter.phase("agree")
        agree.check_agreement(context)
        reporter.phase("measure")
        for workload in request.workloads if request.launches else []:
            time_workload(context, label=workload.label)
        interim.wait()
        store_rows(folder, record, {PROFILE: []})
        if request.profile:
            reporter.phase("profile")
            profile.profile_cells(context)
    if context.shared_cache is not None:
        compile_cache.trim_cache(context.shared_cache)
    for cell in record.cells:
        if cell.status is Status.PENDING:
            cell.status = Status.OK
    record.finished = True
    save_record(folder, record)
    return context.samples


def require_known_names(record: RunRecord, *, file: Path) -> None:
    """Raise if the request of a resumed run names what does not exist here.

    Raises:
        RunError: it does; the message names the file, the field and the name.
    """
    request, field = record.request, "request"
    try:
        for number, variant in enumerate(request.variants):
            field = f"request.variants[{number}]"
            find_variant(variant)
        for number, each in enumerate(request.workloads):
            field = f"request.workloads[{number}]"
            workloads.build(each.name, each.config)
    except UsageError as error:
        raise RunError(f"{file}: {field}: {error}") from error


def choose_compile_cache(context: RunContext) -> None:
    """Share compiled code with other runs, or note why that is not possible."""
    try:
        context.shared_cache = compile_cache.find_cache_folder()
    except RunError as reason:
        note = Note(kind=NoteKind.CACHE_NOT_USED, reason=str(reason))
        context.add_note(note)


def require_same_machine(record: RunRecord, *, facts: Mapping[str, str]) -> None:
    """Raise if a run was started on another machine, because times would not compare.

    Raises:
        RunError: this machine or its versions differ from those of the run's start.
    """
    changed = [
        f"{name}: started on {began}, here {facts[name]}"
        for name, began in record.environment.items()
        if name in machine.IDENTITY and facts.get(name) != began
    ]
    if changed:
        raise RunError(
            f"expected the machine that the run was started on; this one differs "
            f"({'; '.join(changed)}). Start a new run here"
        )
    if record.request.threads > len(available_cores()):
        raise RunError(
            f"this run uses {record.request.threads} threads; "
            f"{len(available_cores())} processors are usable here"
        )


def stage_data(context: RunContext) -> None:
    """Read the data of each workload once, into one file for all workers."""
    for request in context.record.request.workloads:
        context.reporter.advance(f"reading the data of {request.label}")
        folder = context.scratch / "data" / request.label
        folder.mkdir(parents=True)
        built = workloads.build(request.name, request.config)
        workload = workloads.stage(built, folder=folder)
        context.record.flops_per_step[request.label] = workload.flops_per_step
        context.staged[request.label] = describe_workload(request, workload)
        if (probe := built.probe()) is not None:
            context.probes[request.label] = describe_workload(request, probe)


def describe_workload(request: WorkloadRequest, built: Workload) -> WorkloadRequest:
    """Return the fields of a workload, from which a worker builds it again."""
    config = dataclasses.asdict(built)  # type: ignore[call-overload]
    return WorkloadRequest(label=request.label, name=request.name, config=config)


def time_workload(context: RunContext, *, label: str) -> None:
    """Run the launches of a workload that are requested and not done yet."""
    record, request = context.record, context.record.request
    for launch in range(record.launches_done.get(label, 0), request.launches):
        cells = plan.select_runnable_cells(record, workload=label)
        if not cells or is_enough(context, label=label):
            return
        began = monotonic()
        context.reporter.phase("start" if launch else "start cold")
        result = launching.run_launch(
            launching.Launch(
                cells=cells,
                baseline=record.baseline,
                workload=context.staged[label],
                request=request,
                number=launch,
                pool=context.pool,
                caches=context.scratch / "cache" / label,
                reporter=context.reporter,
                results=context.scratch / "timed" / label,
                before_rounds=context.interim.wait,
            )
        )
        judged = timed.judge_launch(context, result, label=label, launch=launch)
        spent_s = record.launching_s.get(label, 0.0) + monotonic() - began
        record.launching_s[label] = spent_s
        store_launch(context, result, judged, label=label)


def is_enough(context: RunContext, *, label: str) -> bool:
    """Return whether the budget is spent or the intervals are narrow enough."""
    record = context.record
    if not stopping.can_afford_launch(record, label=label):
        return True
    if record.launches_done.get(label, 0) not in stopping.interim_looks(record.request):
        return False
    ratios = pair_samples(record, context.samples, workload=label).ratios
    # A variant that failed in the last launch will not get a narrower interval.
    working = ratios.columns[ratios.iloc[-1:].notna().all()]
    return stopping.is_precise_enough(ratios[working], request=record.request)


def store_launch(
    context: RunContext,
    result: launching.LaunchResult,
    judged: Sequence[agree.CellFindings],
    *,
    label: str,
) -> None:
    """Store the samples and findings of a launch, and the record that counts it."""
    record = context.record
    launch = record.launches_done.get(label, 0)
    record.starts += result.starts
    record.launches_done[label] = launch + 1
    for limit, peak in result.peaks.items():
        limits.record_peak(record, limit, peak=peak)
    for cell in plan.select_runnable_cells(record, workload=label):
        if reason := result.missing.get(cell.variant):
            cell.status, cell.reason = Status.NOT_RUN, reason
        elif reason := result.failures.get(cell.variant):
            cell.status, cell.reason = Status.FAILED, reason
        elif described := result.described.get(cell.variant):
            store_capture(cell, described)
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
    # Last: a run that is killed before the record is saved repeats the launch.
    context.samples = SAMPLES.extend(context.samples, result.samples)
    live.show_launch(context, judged, label=label)
    context.interim.begin(context)
