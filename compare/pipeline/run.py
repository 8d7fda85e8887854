"""One run from request to report: plan, agree, measure, write. One way, no back."""

from __future__ import annotations

import dataclasses
import tempfile
from math import ceil
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from compare import machine, workloads
from compare.errors import CompareError, RunError, UsageError
from compare.frameworks import frameworks
from compare.pipeline import agree, plan, profile
from compare.pipeline.context import Going
from compare.runs import results
from compare.runs.results import WorkloadRequest
from compare.timing import launching, limits, stopping
from compare.timing.tables import measured_of, tables
from compare.workers.pool import WorkerPool
from compare.workers.process import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.runs.progress import Reporter
    from compare.runs.results import RunRecord


def expected_s(record: RunRecord) -> float:
    """About how long a run will take."""
    request, cells = record.request, len(record.cells)
    measured = launches_s(record, launches=request.launches)
    if request.budget_s is not None:
        measured = request.budget_s
    profiles = cells * profile.PROFILE_S if request.profile else 0.0
    return cells * agree.CHECK_S + measured + profiles


def launches_s(record: RunRecord, *, launches: int) -> float:
    """About how long so many launches of every workload will take."""
    request = record.request
    can_run = [cell for cell in record.cells if cell.status == "pending"]
    arms = len(can_run) + len({cell.workload for cell in can_run})  # and its control
    warm = max(0, launches - 1) * launching.START_S
    cold = launching.COLD_START_S if launches else 0.0
    rounds = launches * request.rounds * launching.BLOCK_S
    return arms * (cold + warm + rounds)


def affords_a_launch(record: RunRecord) -> None:
    """Refuse a budget that cannot pay for one launch of everything.

    Raises:
        UsageError: it cannot; says what could.
    """
    least_s, budget_s = launches_s(record, launches=1), record.request.budget_s
    if budget_s is not None and budget_s < least_s:
        raise UsageError(
            "--budget: one launch of every variant takes at least about "
            f"{ceil(least_s)} s here; received {budget_s:g} s. Give it that much, or "
            "measure fewer variants or workloads (-v, WORKLOAD)"
        )


def execute(
    folder: Path,
    record: RunRecord,
    *,
    reporter: Reporter,
    command: Sequence[str] = COMMAND,
) -> None:
    """Do whatever of a run is not done yet, writing each part as it comes.

    Raises:
        CompareError: a workload's data cannot be read, or the run began on another
            machine; what is measured stays.
    """
    request = record.request
    with tempfile.TemporaryDirectory(
        prefix="graph-compare-", ignore_cleanup_errors=True
    ) as scratch:
        launcher = WorkerPool(
            frameworks=frameworks(),
            threads=request.threads,
            device=request.device,
            logs=folder / "logs",
            time_limit_s=request.time_limit_s,
            command=command,
        )
        going = Going(
            folder=folder,
            scratch=Path(scratch),
            record=record,
            launcher=launcher,
            reporter=reporter,
            staged={},
            lock=Lock(),
        )
        reporter.phase("prepare")
        results.forget_unfinished(folder, record)
        here = machine.machine()
        same_machine(record, here=here)
        record.environment.update(here)
        try:
            stage(going)
        except CompareError:
            results.discard_if_nothing_is_measured(folder)
            raise
        reporter.phase("agree")
        agree.agree(going)
        reporter.phase("measure")
        for workload in request.workloads if request.launches else []:
            time_workload(going, label=workload.label)
        results.append(folder, profile.TABLE, [])
        if request.profile:
            reporter.phase("profile")
            profile.profile(going)
    for cell in record.cells:
        if cell.status == "pending":
            cell.status = "ok"
    record.finished = True
    results.save(folder, record)


def same_machine(record: RunRecord, *, here: Mapping[str, str]) -> None:
    """Refuse to go on with a run elsewhere: its figures would not belong together.

    Raises:
        RunError: this machine or its versions are not those that the run began on.
    """
    changed = [
        f"{name}: began on {began}, here {here[name]}"
        for name, began in record.environment.items()
        if name in machine.IDENTITY and here.get(name) != began
    ]
    if changed:
        raise RunError(
            f"this run began elsewhere ({'; '.join(changed)}); start a new one here"
        )
    if record.request.threads > len(machine.available_cores()):
        raise RunError(
            f"this run uses {record.request.threads} threads; "
            f"{len(machine.available_cores())} processors are usable here"
        )


def finish(folder: Path) -> Path:
    """Work out the timings of a run on disk and render it; gives the page's path.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    from compare import report  # noqa: PLC0415 - charts are heavy, and come last

    record = results.read_record(folder)
    if not record.is_sequential:  # its timings stand as they were read
        samples = results.read_table(folder, "samples.csv.gz")
        for name, table in tables(record, samples).items():
            results.write_table(folder, name, table)
    return report.write(folder)


def stage(going: Going) -> None:
    """Read each workload's data once, so that no worker has to."""
    for request in going.record.request.workloads:
        going.reporter.advance(f"reading the data of {request.label}")
        folder = going.scratch / "data" / request.label
        folder.mkdir(parents=True)
        built = workloads.build(request.name, request.config)
        workload = workloads.stage(built, folder=folder)
        going.record.flops_per_step[request.label] = workload.flops_per_step
        # A workload is its fields: the worker builds it again from them.
        config = dataclasses.asdict(workload)  # type: ignore[call-overload]
        going.staged[request.label] = WorkloadRequest(
            label=request.label, name=request.name, config=config
        )


def time_workload(going: Going, *, label: str) -> None:
    """Every launch of a workload that is not done yet and is to be."""
    record, request = going.record, going.record.request
    for launch in range(record.launches_done.get(label, 0), request.launches):
        cells = plan.runnable(record, workload=label)
        if not cells or is_enough(going, label=label):
            return
        began = monotonic()
        going.reporter.phase("start" if launch else "start cold")
        result = launching.run_launch(
            cells,
            baseline=record.baseline,
            workload=going.staged[label],
            request=request,
            launch=launch,
            launcher=going.launcher,
            caches=going.scratch / "cache" / label,
            reporter=going.reporter,
        )
        spent_s = record.launching_s.get(label, 0.0) + monotonic() - began
        record.launching_s[label] = spent_s
        note_launch(going, result, label=label, launch=launch)


def is_enough(going: Going, *, label: str) -> bool:
    """Whether the budget is spent, or the intervals are as narrow as was asked."""
    record = going.record
    if not stopping.affordable(record, label=label):
        return True
    if record.launches_done.get(label, 0) not in stopping.looks(record.request):
        return False
    samples = results.read_table(going.folder, "samples.csv.gz")
    ratios = measured_of(record, samples, workload=label).ratios
    alive = ratios.columns[ratios.iloc[-1:].notna().all()]  # the rest gets no better
    return stopping.is_narrow(ratios[alive], request=record.request)


def note_launch(
    going: Going, result: launching.LaunchResult, *, label: str, launch: int
) -> None:
    """Write down what a launch found, samples first."""
    record = going.record
    results.append(going.folder, "samples.csv.gz", result.samples)
    record.starts += result.starts
    record.launches_done[label] = launch + 1
    for limit, peak in result.peaks.items():
        limits.note(record, limit, peak=peak)
    for cell in plan.runnable(record, workload=label):
        if reason := result.missing.get(cell.variant):
            cell.status, cell.reason = "not run", reason
        elif reason := result.failures.get(cell.variant):
            cell.status, cell.reason = "failed", reason
        elif captured := result.captures.get(cell.variant):
            cell.captures = plan.captures(cell.family, measured=captured)
    if reason := result.failures.get(results.CONTROL):
        record.notes.append(f"{label}: the control failed in launch {launch}: {reason}")
    results.save(going.folder, record)
